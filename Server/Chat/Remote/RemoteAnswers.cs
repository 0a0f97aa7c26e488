namespace Molmo.Demo.Server.Chat.Remote;

/// <summary>
/// Answers from the inference machine: its journal is mirrored, number by number, into this machine's own.
/// </summary>
/// <remarks>
/// Both machines know an answer by the same id, so a start can be repeated, and a restarted web machine finds its
/// answers again.
/// </remarks>
internal sealed class RemoteAnswers(RemoteHub hub, RemoteLink link, RemoteImages pictures, ChatStore store)
    : IAnswerSource
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    public bool OutlivesProcess => true;

    public double? EstimateSeconds(int ahead) => null;

    public void ThrowIfUnavailable(string? checkpoint)
    {
        if (link.Trouble is { } trouble)
            throw new ChatRefusedException(ChatFault.Unavailable, trouble, TimeSpan.FromMinutes(1));
    }

    public Task<QueueStatus> GetStatusAsync(CancellationToken cancellationToken)
        => hub.GetQueueStatusAsync(cancellationToken);

    public async Task LookAsync(AwaitedPhoto photo, CancellationToken cancellationToken)
    {
        if (link.Trouble is not null) return;
        await pictures.EnsureAsync(photo.Image.ContentHash, cancellationToken);
        await hub.LookAsync(photo.Visitor, photo.Image.ContentHash, cancellationToken);
    }

    public async Task<EndReason> WriteAsync(Assignment assignment, AnswerWriter answer, CancellationToken stop)
    {
        try
        {
            if (!assignment.IsTaken) await StartAsync(assignment, stop);
            await MirrorAsync(assignment, answer, stop);
        }
        catch (ChatRefusedException) when (answer.LastSeq > answer.Seeded)
        {
            // It began there and is not known there any more, or the machine stays away: what came over is the answer.
        }
        // A journal that ends early is that of a machine that was killed and lost its last moments.
        return EndReason.Interrupted;
    }

    /// <inheritdoc/>
    /// <remarks>Where the machine does not reply, the answer ends here as it is.</remarks>
    public async Task StopAsync(Assignment assignment, AnswerWriter answer)
    {
        using var patience = new CancellationTokenSource(StopPatience);
        try
        {
            // Even an answer whose start was not confirmed may have begun there.
            await hub.StopAsync(assignment.Id, patience.Token);
            await MirrorAsync(assignment, answer, patience.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or ChatRefusedException)
        {
        }
    }

    private async Task StartAsync(Assignment assignment, CancellationToken stop)
    {
        if (assignment.Image is { } image) await pictures.EnsureAsync(image.ContentHash, stop);
        await hub.StartAsync(assignment, stop);
        store.SetRemote(assignment.Id);
    }

    private async Task MirrorAsync(Assignment assignment, AnswerWriter answer, CancellationToken cancellationToken)
    {
        await foreach (var entry in hub.ReadEntriesAsync(assignment.Id, answer.LastSeq + 1, cancellationToken))
        {
            // A new epoch: the machine was killed, and may have lost what is here, so its last words would come to a
            // text it does not know.
            if (entry.Event.Seq > answer.LastSeq + 1 && EventNumbers.Follows(entry.Event.Seq, answer.LastSeq)) return;
            answer.Mirror(entry);
        }
    }
}
