namespace Molmo.Demo.Client.Tests.Fakes;

/// <summary>A storage that fails when told.</summary>
internal sealed class FakeKeeping : IAnswerKeeping
{
    private StorageFault? _fault;

    public event Action? Changed;

    /// <summary>Whether anything waits for changes.</summary>
    public bool IsHeard => Changed is not null;

    /// <summary>Why nothing is kept; null while everything is.</summary>
    public StorageFault? Fault
    {
        get => _fault;
        set
        {
            _fault = value;
            Changed?.Invoke();
        }
    }

    public StorageFault? TroubleOf(GenerationId id) => _fault;
}
