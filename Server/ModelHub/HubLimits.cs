namespace Molmo.Demo.Server.ModelHub;

/// <summary>How long the Hub is waited for. Nothing is waited for without an end.</summary>
public sealed record HubLimits
{
    /// <summary>Tries without headway before a fetch is given up.</summary>
    public const int Tries = 4;

    // Below this a line stands still for people, though it drips.
    private const int SlowestBytesPerSecond = 256;

    /// <summary>What the settings say by default.</summary>
    public static HubLimits Default { get; } = new();

    /// <summary>Until a connection has come about.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Until an answer has begun, redirects included, and until a list of files is read.</summary>
    public TimeSpan Answer { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>That bytes of a file may stand still.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Without headway, tries and waits together.</summary>
    public TimeSpan GiveUp { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Before the second try; each later one waits twice as long, or as long as the Hub asks for.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Bytes that must come within <see cref="Stall"/>.</summary>
    public long LeastBytes => (long)(SlowestBytesPerSecond * Stall.TotalSeconds);
}
