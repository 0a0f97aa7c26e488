namespace Molmo.Demo.Server.Images;

/// <summary>A picture was not taken. The message is for logs, people are told the fact; nothing was stored.</summary>
/// <param name="status">HTTP status that fits.</param>
/// <param name="fact">What happened, the limit, what to do.</param>
/// <param name="logged">What only the log says.</param>
/// <param name="retryAfter">When trying again is worth while.</param>
public sealed class ImageRefusedException(int status, Fact fact, string? logged = null, TimeSpan? retryAfter = null)
    : Exception(fact.ToString())
{
    /// <summary>What the person is told.</summary>
    public Fact Fact { get; } = fact;

    /// <summary>HTTP status that fits.</summary>
    public int Status { get; } = status;

    /// <summary>What only the log says.</summary>
    public string? Logged { get; } = logged;

    /// <summary>When trying again is worth while.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
