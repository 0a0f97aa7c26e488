namespace Molmo.Demo.Server.Engines;

/// <summary>
/// Asks for this process to end gracefully and to begin again: a device that was lost cannot be used again in the same
/// process.
/// </summary>
/// <param name="begin">
/// Begins the program again in the place of this process, told whether the device was lost soon after the start.
/// Returns only where that cannot be, with a sentence that says why.
/// </param>
public sealed class Restart(Func<bool, string> begin) : IDisposable
{
    /// <summary>Lost this soon after the model was ready, or before, a device may be lost again at once.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _wanted = new();

    /// <summary>Cancelled when it is asked for.</summary>
    public CancellationToken Wanted => _wanted.Token;

    /// <summary>Whether the device was lost soon after the start.</summary>
    public bool IsSoon { get; private set; }

    /// <param name="answered">How long the model was ready; zero where it never was.</param>
    public void Ask(TimeSpan answered)
    {
        if (_wanted.IsCancellationRequested) return;
        IsSoon = answered < Soon;
        _wanted.Cancel();
    }

    /// <summary>Begins again, once everything of this process has ended.</summary>
    /// <returns>Where that cannot be: a sentence that says why.</returns>
    public string Begin() => begin(IsSoon);

    public void Dispose() => _wanted.Dispose();
}
