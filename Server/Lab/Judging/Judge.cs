namespace Molmo.Demo.Lab.Judging;

/// <summary>What a judge is asked.</summary>
/// <param name="System">What it is to do, the same for all pictures.</param>
/// <param name="User">What it is to do it with.</param>
internal sealed record JudgeRequest(string System, string User);

/// <summary>A language model that judges texts, or replies of one that were kept.</summary>
internal interface IJudge
{
    /// <summary>Its reply, verbatim; empty where it said nothing.</summary>
    /// <exception cref="CommandException">There is no reply to be had.</exception>
    Task<string> AskAsync(JudgeRequest request, CancellationToken cancellationToken);
}

/// <summary>A request with its reply: a line of a file of replies.</summary>
internal sealed record JudgeExchange(string System, string User, string Reply);
