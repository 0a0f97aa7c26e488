using Molmo.Demo.Inference.Engine;

namespace Molmo.Demo.Server.Chat;

/// <summary>One answer being written, apart from whoever reads it. Ends exactly once, whatever happens.</summary>
internal sealed class GenerationJob(
    Assignment assignment, IAnswerSource source, GenerationJournal journal, TimeProvider time, ILogger log)
    : IDisposable
{
    private readonly AnswerWriter _writer = new(journal, assignment.Region, time);

    public Assignment Assignment { get; } = assignment;

    public GenerationJournal Journal { get; } = journal;

    public StopSignal Stop { get; } = new();

    /// <summary>
    /// Set by <see cref="Start"/>; completes when the answer has ended or was left to the next process, never faulted.
    /// </summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>
    /// Runs on the caller's thread up to the first wait, so that questions queue in the order they were asked.
    /// </summary>
    public void Start() => Completion = RunAsync();

    /// <summary>
    /// Puts what an earlier answer had written at the beginning of this one's journal. Once, before the start.
    /// </summary>
    public void Seed()
    {
        if (Assignment.Written is { } written) _writer.Seed(written);
    }

    /// <summary>Ends the answer with what is written, where it has not ended.</summary>
    public void Close(EndReason reason)
        => Close(new Ended(0, reason, _writer.Progress.Usage, _writer.Progress.Timings));

    public void Dispose() => Stop.Dispose();

    private async Task RunAsync()
    {
        try
        {
            if (await WriteAsync() is { } reason) Close(reason);
        }
        catch (ChatRefusedException e)
        {
            Close(new Failed(0, CodeOf(e.Fault), e.Fact, Retryable: true, e.DropOldest));
        }
        catch (EngineException e) when (e.Fault == EngineFault.OutOfMemory)
        {
            log.LogWarning("Answer {Generation} failed for want of memory on the device ({Reason}).", Assignment.Id,
                e.InnerException?.Message);
            Close(new Failed(0, "engine_failed", new MemoryTooSmall(), Retryable: true));
        }
        // The job is the last owner of its answer: whatever failed below ends this answer and nothing else.
        catch (Exception e)
        {
            log.LogError(e, "Answer {Generation} failed.", Assignment.Id);
            Close(new Failed(0, "engine_failed", WhatIsKept(), Retryable: true));
        }
    }

    /// <returns>How it ends; null where it is left to the next process.</returns>
    private async Task<EndReason?> WriteAsync()
    {
        try
        {
            return await source.WriteAsync(Assignment, _writer, Stop.Token);
        }
        catch (OperationCanceledException) when (Stop.IsRequested)
        {
            if (Stop.Reason == EndReason.Interrupted && source.OutlivesProcess) return null;
            if (Stop.Reason == EndReason.Stopped) await source.StopAsync(Assignment, _writer);
            return Stop.Reason;
        }
    }

    /// <summary>Remarks on what the text left open come before the last event.</summary>
    private void Close(GenerationEvent last)
    {
        if (Journal.IsEnded) return;
        var (events, text) = Journal.Snapshot();
        Journal.Append([.. MarkupEvents.Remaining(text, events, Assignment.Region), last]);
    }

    private Fact WhatIsKept()
    {
        var (events, text) = Journal.Snapshot();
        if (text.Length == 0) return new ModelFailed();
        var words = string.Concat(events.OfType<TextDelta>().Select(delta => delta.Delta))
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
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
