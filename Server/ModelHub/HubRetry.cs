namespace Molmo.Demo.Server.ModelHub;

/// <summary>Tries again where that can help, and ends in a sentence within the limits where it cannot.</summary>
/// <param name="limits">How long, and how often.</param>
/// <param name="time">Waits between two tries.</param>
/// <param name="told">Takes why nothing comes while it is waited for the next try.</param>
internal sealed class HubRetry(HubLimits limits, TimeProvider time, Action<string>? told)
{
    /// <summary>Calls until it succeeds.</summary>
    /// <param name="model">For messages.</param>
    /// <param name="attempt">Throws a <see cref="HubFailure"/> where it fails; notes headway.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ModelHubException">It did not succeed; the message says why and what to do.</exception>
    public async Task<T> RunAsync<T>(
        HubModel model, Func<Headway, Task<T>> attempt, CancellationToken cancellationToken)
    {
        using var headway = new Headway(limits, time, cancellationToken);
        for (var tries = 1; ; tries++)
        {
            var before = headway.Bytes;
            HubFailure failure;
            try
            {
                return await attempt(headway);
            }
            catch (HubFailure e)
            {
                failure = e;
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                throw Ended(model, new HubFailure(
                    $"nothing came for {HubFailure.Seconds(limits.GiveUp)}", innerException: e));
            }
            // A try that moved forward does not count: a long file over a bad line still arrives.
            if (headway.Bytes - before >= limits.LeastBytes) tries = 1;
            var wait = failure.After ?? (limits.FirstWait * Math.Pow(2, tries - 1));
            if (wait < TimeSpan.Zero) wait = TimeSpan.Zero;
            if (failure.IsLasting || tries >= HubLimits.Tries || wait >= headway.Left) throw Ended(model, failure);
            told?.Invoke(failure.Message);
            await Task.Delay(wait, time, cancellationToken);
        }
    }

    private static ModelHubException Ended(HubModel model, HubFailure failure)
        => new($"{model} could not be fetched: {failure.Message}. {failure.Advice}", failure);
}

/// <summary>Whether a request gets on, over all of its tries.</summary>
internal sealed class Headway : IDisposable
{
    private readonly HubLimits _limits;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end;
    private long _since;

    public Headway(HubLimits limits, TimeProvider time, CancellationToken cancellationToken)
    {
        (_limits, _time) = (limits, time);
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Renew();
    }

    /// <summary>Ends everything when there was no headway for too long.</summary>
    public CancellationToken End => _end.Token;

    /// <summary>Bytes that came to stay.</summary>
    public long Bytes { get; set; }

    /// <summary>Until it is given up.</summary>
    public TimeSpan Left => _limits.GiveUp - _time.GetElapsedTime(_since);

    /// <summary>Something came.</summary>
    public void Renew()
    {
        _since = _time.GetTimestamp();
        _end.CancelAfter(_limits.GiveUp);
    }

    public void Dispose() => _end.Dispose();
}
