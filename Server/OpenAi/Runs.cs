namespace Molmo.Demo.Server.OpenAi;

/// <summary>A question of a program on its way to a reply.</summary>
/// <param name="Started">The accepted question; fails where it was refused, null where the reply is one that was
/// kept.</param>
/// <param name="Reply">The reply as JSON; fails where there is none.</param>
/// <param name="EndsWithCaller">Whether it is stopped when the caller goes away.</param>
/// <param name="IsRepeat">Whether the caller asked the same before.</param>
internal sealed record Run(Task<Asked>? Started, Task<string> Reply, bool EndsWithCaller, bool IsRepeat);

/// <summary>
/// Runs questions of programs. Under an idempotency key a request runs once: its repetition joins the running one or
/// gets the kept reply, and it goes on without its caller so that there is a reply to repeat.
/// </summary>
internal sealed class Runs(Asking asking, StoredReplies stored, ILogger<Runs> log)
{
    private const int LongestKey = 255;

    private readonly Lock _gate = new();
    private readonly Dictionary<(VisitorId, string), (string Request, Run Run)> _named = [];

    /// <summary>Begins a request, or joins the one it repeats.</summary>
    /// <param name="visitor">Who asks.</param>
    /// <param name="ask">What.</param>
    /// <param name="mode">What is wanted of the points.</param>
    /// <param name="key">Idempotency key; null without one.</param>
    /// <param name="request">Hash of all that decides about the reply.</param>
    /// <param name="render">From answer to reply.</param>
    /// <param name="cancellationToken">The caller went away before the question was accepted.</param>
    /// <exception cref="ApiException">The key was used for another request.</exception>
    public Run Begin(
        VisitorId visitor, Ask ask, PointsMode mode, string? key, string request,
        Func<AnswerCollector, Asked, object> render, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(key))
            return Begin(visitor, ask, mode, render, _ => { }, endsWithCaller: !ask.Keep, cancellationToken);
        if (key.Length > LongestKey)
            throw ApiException.Invalid(
                "Idempotency-Key", $"Idempotency-Key must have at most {LongestKey} characters.");
        lock (_gate)
        {
            if (_named.TryGetValue((visitor, key), out var known))
                return Same(known.Request, request, known.Run with { IsRepeat = true });
            if (stored.Find(visitor, key) is { } kept)
                return Same(kept.Request, request,
                    new Run(null, Task.FromResult(kept.Body), EndsWithCaller: false, IsRepeat: true));
            var run = Begin(visitor, ask, mode, render, reply => Keep(visitor, key, request, reply),
                endsWithCaller: false, CancellationToken.None);
            _named[(visitor, key)] = (request, run);
            _ = ReleaseAsync((visitor, key), run.Reply);
            return run;
        }
    }

    private Run Begin(
        VisitorId visitor, Ask ask, PointsMode mode, Func<AnswerCollector, Asked, object> render, Action<string> keep,
        bool endsWithCaller, CancellationToken cancellationToken)
    {
        var started = Observe(AcceptAsync(visitor, ask, cancellationToken));
        var reply = Observe(ReplyAsync(started, mode, render, keep));
        return new Run(started, reply, endsWithCaller, IsRepeat: false);
    }

    // Methods of their own, and no closures: a picture of 20 MB must not be held while its question waits.
    private async Task<Asked> AcceptAsync(VisitorId visitor, Ask ask, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return await asking.StartAsync(visitor, ask, cancellationToken);
    }

    private async Task<string> ReplyAsync(
        Task<Asked> started, PointsMode mode, Func<AnswerCollector, Asked, object> render, Action<string> keep)
    {
        var asked = await started;
        var answer = await asking.CollectAsync(asked, mode);
        var body = JsonSerializer.Serialize(render(answer, asked), OpenAiJson.Options);
        keep(body);
        return body;
    }

    private void Keep(VisitorId visitor, string key, string request, string reply)
    {
        try
        {
            stored.Add(visitor, key, request, reply);
        }
        catch (Microsoft.Data.Sqlite.SqliteException e)
        {
            log.LogWarning(e, "A reply could not be kept for its repetition.");
        }
    }

    private async Task ReleaseAsync((VisitorId, string) name, Task reply)
    {
        await reply.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        lock (_gate) _named.Remove(name);
    }

    private static Run Same(string before, string now, Run run) => before == now
        ? run
        : throw new ApiException(StatusCodes.Status422UnprocessableEntity, "idempotency_key_reused",
            "This Idempotency-Key was used for another request. Take a new one for a new request.", "Idempotency-Key");

    // Its caller may be gone when it fails.
    private static Task<T> Observe<T>(Task<T> task)
    {
        task.ContinueWith(failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted,
            TaskScheduler.Default);
        return task;
    }
}
