using Molmo.Demo.Inference.Engine;

namespace Molmo.Demo.Server.Chat;

/// <summary>One answer being written, apart from whoever reads it. Ends exactly once, whatever happens.</summary>
internal sealed class GenerationJob(Assignment assignment, IAnswerSource source, GenerationJournal journal, TimeProvider time, ILogger log) : IDisposable
{
    public Assignment Assignment { get; } = assignment;

    public GenerationJournal Journal { get; } = journal;

    public StopSignal Stop { get; } = new();

    public AnswerProgress Progress { get; } = new(time);

    /// <summary>When it was asked among all of this process.</summary>
    public long Number { get; init; }

    /// <summary>Number of the last event that tells what an earlier answer had written; 0 for a new one.</summary>
    public long Seeded { get; private set; }

    /// <summary>Whether an inference machine has taken the question.</summary>
    public bool IsRemote { get; set; }

    /// <summary>Set by <see cref="Start"/>; completes when the answer has ended or was left to the next process, never faulted.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Runs on the caller's thread up to the first wait, so that questions queue in the order they were asked.</summary>
    public void Start() => Completion = RunAsync();

    /// <summary>Puts what an earlier answer had written at the beginning of this one's journal. Once, before the start.</summary>
    public void Seed()
    {
        if (Assignment.Written is not { } written) return;
        Journal.Append(new MarkupEvents(Assignment.Region).Append(written.Text), written.Text, written.Tokens);
        Seeded = Journal.LastSeq;
        Progress.WrittenTokens = written.Tokens.Length;
    }

    /// <summary>Ends the answer with what is written.</summary>
    public void End(EndReason reason) => Journal.Append(new Ended(0, reason, Progress.Usage, Progress.Timings));

    public void Dispose() => Stop.Dispose();

    private async Task RunAsync()
    {
        try
        {
            await source.WriteAsync(this);
        }
        catch (OperationCanceledException) when (Stop.IsRequested)
        {
            if (Stop.Reason != EndReason.Interrupted || !source.OutlivesProcess) Close(Stop.Reason);
        }
        catch (ChatRefusedException e)
        {
            Close(new Failed(0, CodeOf(e.Fault), e.Fact, Retryable: true, e.DropOldest));
        }
        catch (EngineException e) when (e.Fault == EngineFault.OutOfMemory)
        {
            log.LogWarning("Answer {Generation} failed for want of memory on the device ({Reason}).", Assignment.Id, e.InnerException?.Message);
            Close(new Failed(0, "engine_failed", new MemoryTooSmall(), Retryable: true));
        }
        // The job is the last owner of its answer: whatever failed below ends this answer and nothing else.
        catch (Exception e)
        {
            log.LogError(e, "Answer {Generation} failed.", Assignment.Id);
            Close(new Failed(0, "engine_failed", WhatIsKept(), Retryable: true));
        }
    }

    /// <summary>Ends an answer that its source did not end: remarks on what was left open come before the last event.</summary>
    internal void Close(EndReason reason) => Close(new Ended(0, reason, Progress.Usage, Progress.Timings));

    private void Close(GenerationEvent last)
    {
        var journalled = Journal.Snapshot();
        Journal.Append([.. MarkupEvents.Remaining(journalled.Text, journalled.Events, Assignment.Region), last]);
    }

    private Fact WhatIsKept()
    {
        var (events, text) = Journal.Snapshot();
        if (text.Length == 0) return new ModelFailed();
        var words = string.Concat(events.OfType<TextDelta>().Select(delta => delta.Delta)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        return new ModelStopped(words, events.OfType<PointFound>().Count());
    }

    private static string CodeOf(ChatFault fault) => fault switch
    {
        ChatFault.Busy or ChatFault.Restarting => "busy",
        ChatFault.VisitorLimit => "visitor_limit",
        ChatFault.Unavailable => "unavailable",
        ChatFault.Unknown => "unknown",
        ChatFault.TooLong => "too_long",
        ChatFault.ContextFull => Failed.ContextFull,
        _ => "invalid",
    };
}
