namespace Molmo.Demo.Server.OpenAi;

/// <summary>Server-sent events, with a comment as a sign of life where nothing else is sent.</summary>
internal sealed class EventStream(HttpResponse response, TimeSpan heartbeat, TimeProvider time)
{
    /// <summary>Sends the headers, so that the caller knows that it was accepted.</summary>
    public Task BeginAsync(CancellationToken cancellationToken)
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        return response.Body.FlushAsync(cancellationToken);
    }

    /// <param name="data">One line.</param>
    /// <param name="name">Kind of event; null for the default one.</param>
    /// <param name="id">Where a reader goes on from after a cut.</param>
    /// <param name="cancellationToken">The reader is gone.</param>
    public Task SendAsync(
        string data, string? name = null, long? id = null, CancellationToken cancellationToken = default)
    {
        var text = new StringBuilder();
        if (id is { } number) text.Append(CultureInfo.InvariantCulture, $"id: {number}\n");
        if (name is not null) text.Append(CultureInfo.InvariantCulture, $"event: {name}\n");
        return WriteAsync(text.Append(CultureInfo.InvariantCulture, $"data: {data}\n\n").ToString(), cancellationToken);
    }

    /// <summary>The same items; while the next one takes its time, signs of life are sent.</summary>
    public async IAsyncEnumerable<T> BeatAsync<T>(
        IAsyncEnumerable<T> items, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var source = items.GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            var next = source.MoveNextAsync().AsTask();
            await BeatUntilAsync(next, cancellationToken);
            if (!await next) yield break;
            yield return source.Current;
        }
    }

    /// <summary>Waits, and sends signs of life meanwhile. Returns when the task is over, however it ended.</summary>
    public async Task BeatUntilAsync(Task task, CancellationToken cancellationToken)
    {
        while (!task.IsCompleted)
        {
            using var beat = new CancellationTokenSource();
            if (await Task.WhenAny(task, Task.Delay(heartbeat, time, beat.Token)) != task
                && !cancellationToken.IsCancellationRequested)
                await WriteAsync(": still there\n\n", cancellationToken);
            await beat.CancelAsync();
        }
    }

    private async Task WriteAsync(string text, CancellationToken cancellationToken)
    {
        await response.WriteAsync(text, cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }
}
