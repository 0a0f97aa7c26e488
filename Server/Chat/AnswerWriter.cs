namespace Molmo.Demo.Server.Chat;

/// <summary>What a source writes an answer with: all of its journal but the end, which is the job's.</summary>
internal sealed class AnswerWriter(GenerationJournal journal, ImageRegion? region, TimeProvider time)
{
    private readonly MarkupEvents _markup = new(region);

    /// <summary>Counts and times, which the answer ends with.</summary>
    public AnswerProgress Progress { get; } = new(time);

    /// <summary>Number of the last event, 0 before the first.</summary>
    public long LastSeq => journal.LastSeq;

    /// <summary>Number of the last event that tells what an earlier answer had written; 0 for a new one.</summary>
    public long Seeded { get; private set; }

    /// <summary>
    /// Puts what an earlier answer had written at the beginning of this one's journal. Once, before all else.
    /// </summary>
    public void Seed(WrittenAnswer written)
    {
        Write(written.Text, written.Tokens);
        Seeded = LastSeq;
        Progress.WrittenTokens = written.Tokens.Length;
    }

    /// <summary>Keeps what is no text of the model: places in the queue, the start, remarks.</summary>
    public void Report(params IReadOnlyList<GenerationEvent> events) => journal.Append(events);

    /// <summary>Keeps what the model wrote, with the events that it becomes.</summary>
    public void Write(string text, IReadOnlyCollection<int> tokens)
        => journal.Append(_markup.Append(text), text, tokens);

    /// <inheritdoc cref="GenerationJournal.Mirror"/>
    public void Mirror(JournalEntry entry) => journal.Mirror(entry);
}
