namespace Molmo.Demo.Server.Chat.Remote;

/// <summary>Answers from the inference machine: its journal is mirrored, number by number, into this machine's own.</summary>
/// <remarks>Both machines know an answer by the same id, so a start can be repeated, and a restarted web machine finds its answers again.</remarks>
internal sealed class RemoteAnswers(RemoteChatService remote, RemoteLink link, RemotePictures pictures, ChatStore store) : IAnswerSource
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    public bool OutlivesProcess => true;

    public double? EstimateSeconds(int ahead) => null;

    public void ThrowIfUnavailable(string? checkpoint)
    {
        if (link.Trouble is { } trouble) throw new ChatRefusedException(ChatFault.Unavailable, trouble, TimeSpan.FromMinutes(1));
    }

    public Task<QueueStatus> GetStatusAsync(CancellationToken cancellationToken) => remote.GetQueueStatusAsync(cancellationToken);

    public async Task WriteAsync(GenerationJob job)
    {
        try
        {
            if (!job.IsRemote) await StartAsync(job);
            await MirrorAsync(job, job.Stop.Token);
        }
        catch (OperationCanceledException) when (job.Stop is { IsRequested: true, Reason: EndReason.Stopped })
        {
            await StopAsync(job);
        }
        catch (ChatRefusedException) when (job.Journal.LastSeq > job.Seeded)
        {
            // It began there and is not known there any more, or the machine stays away: what came over is the answer.
            job.Close(EndReason.Interrupted);
        }
        // A journal that ends early is that of a machine that was killed and lost its last moments.
        if (!job.Journal.IsEnded) job.Close(EndReason.Interrupted);
    }

    private async Task StartAsync(GenerationJob job)
    {
        var assignment = job.Assignment;
        if (assignment.Image is { } image) await pictures.EnsureAsync(image.ContentHash, job.Stop.Token);
        var question = new Question(
            ConversationId.New(), assignment.Text, assignment.Image is { } sent ? new ImageId(sent.ContentHash) : null, assignment.Sampling, assignment.History,
            assignment.Prompt, assignment.Region, assignment.Written is null ? null : new TurnPlace(Written: assignment.Written));
        var left = new LeftOutTurns(assignment.OmittedTurns, assignment.CutTurns);
        await remote.StartAsync(assignment.Id, assignment.Visitor, question, left, job.Stop.Token);
        job.IsRemote = true;
        store.SetRemote(assignment.Id);
    }

    private async Task MirrorAsync(GenerationJob job, CancellationToken cancellationToken)
    {
        await foreach (var entry in remote.ReadEntriesAsync(job.Assignment.Id, job.Journal.LastSeq + 1, cancellationToken))
        {
            if (entry.Event.Seq > job.Journal.LastSeq + 1 && EventNumbers.Follows(entry.Event.Seq, job.Journal.LastSeq))
            {
                // The machine was killed: it may have lost what is here, so its last words would come to a text it does not know.
                job.Close(EndReason.Interrupted);
                return;
            }
            job.Journal.Mirror(entry);
        }
    }

    /// <summary>Stops it there and takes over what it ends with; where the machine does not reply, the answer ends here as it is.</summary>
    private async Task StopAsync(GenerationJob job)
    {
        using var patience = new CancellationTokenSource(StopPatience);
        try
        {
            // Even an answer whose start was not confirmed may have begun there.
            await remote.StopAsync(job.Assignment.Visitor, job.Assignment.Id, patience.Token);
            await MirrorAsync(job, patience.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or ChatRefusedException)
        {
        }
        if (!job.Journal.IsEnded) job.Close(EndReason.Stopped);
    }
}
