using Microsoft.Extensions.Time.Testing;
using Molmo.Demo.Server.Chat;

namespace Molmo.Demo.Server.Tests.Chat;

public class GenerationJournalTests
{
    private static readonly Ended End = new(
        0, EndReason.Finished, new TokenUsage(1, 2), new GenerationTimings(0, 0, 0, 0, 0));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Append_SeveralEvents_NumbersThemAndGivesTheTextToTheFirst()
    {
        var journal = NewJournal();
        journal.Append([], "<poi");
        journal.Append([new TextDelta(0, "a"), new TextDelta(0, "b")], "nt>ab");

        Assert.Equal(2, journal.LastSeq);
        Assert.Equal("<point>ab", journal.Text);
        var batch = journal.TakeUnstored()!;
        Assert.Equal([1L, 2L], batch.Entries.Select(entry => entry.Event.Seq));
        Assert.Equal(["<point>ab", ""], batch.Entries.Select(entry => entry.Raw));
    }

    [Fact]
    public async Task Append_AfterTheEnd_KeepsNothing()
    {
        var journal = NewJournal();
        Assert.True(journal.Append(End));
        Assert.False(journal.Append(new TextDelta(0, "late")));
        Assert.False(journal.Append(End));
        Assert.Single(await journal.ReadAsync(1, Cancel).ToListAsync());
    }

    [Fact]
    public async Task Append_EndsRacing_ExactlyOneIsKept()
    {
        for (var round = 0; round < 10_000; round++)
        {
            var journal = NewJournal();
            var stopped = Task.Run(() => journal.Append(End with { Reason = EndReason.Stopped }), Cancel);
            var finished = journal.Append(End);
            Assert.NotEqual(finished, await stopped);
            Assert.Equal(1, journal.LastSeq);
        }
    }

    [Fact]
    public async Task Read_ManyReadersAtAnyPace_AllSeeTheSame()
    {
        var journal = NewJournal();
        var readers = Enumerable.Range(1, 20).Select(from => ReadSlowlyAsync(journal, from)).ToList();
        for (var i = 0; i < 50; i++)
        {
            journal.Append(new TextDelta(0, $"{i} "));
            if (i % 7 == 0) await Task.Yield();
        }
        journal.Append(End);

        var all = await journal.ReadAsync(1, Cancel).ToListAsync();
        Assert.Equal(51, all.Count);
        for (var from = 1; from <= 20; from++)
            Assert.Equal(all.Skip(from - 1), await readers[from - 1]);
    }

    [Fact]
    public async Task Read_BeyondTheEnd_GivesTheEndAlone()
    {
        var journal = NewJournal();
        var ahead = journal.ReadAsync(10, Cancel).ToListAsync();
        journal.Append(new TextDelta(0, "a"));
        Assert.False(ahead.IsCompleted);
        journal.Append(End);
        foreach (var beyond in (List<JournalEntry>[])[await ahead, await journal.ReadAsync(4, Cancel).ToListAsync(),
            await journal.ReadAsync(long.MaxValue, Cancel).ToListAsync()])
            Assert.Equal(End with { Seq = 2 }, Assert.Single(beyond).Event);
        // Who has read the end has read all.
        Assert.Empty(await journal.ReadAsync(3, Cancel).ToListAsync());
        Assert.Equal(2, (await journal.ReadAsync(-5, Cancel).ToListAsync()).Count);
    }

    [Fact]
    public async Task UnreadFor_WithAndWithoutReaders_CountsOnlyWithout()
    {
        var time = new FakeTimeProvider();
        var journal = new GenerationJournal(GenerationId.New(), time);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.FromSeconds(5), journal.UnreadFor);

        using var leave = new CancellationTokenSource();
        var reader = journal.ReadAsync(1, leave.Token).ToListAsync();
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.Zero, journal.UnreadFor);

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reader);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(2), journal.UnreadFor);
    }

    [Fact]
    public async Task Mirror_RepeatedAndMissingEntries_KeepsEachOnceAndRefusesGaps()
    {
        var journal = NewJournal();
        journal.Mirror(new JournalEntry(new TextDelta(1, "a"), "a"));
        journal.Mirror(new JournalEntry(new TextDelta(1, "a"), "a"));
        journal.Mirror(new JournalEntry(new PointFound(2, 0, 1, 3, 4), "<point x=\"3\" y=\"4\""));
        Assert.Throws<InvalidOperationException>(() => journal.Mirror(new JournalEntry(new TextDelta(4, "d"), "d")));
        journal.Mirror(new JournalEntry(End with { Seq = 3 }, ""));

        Assert.Equal("a<point x=\"3\" y=\"4\"", journal.Text);
        Assert.Equal(3, (await journal.ReadAsync(1, Cancel).ToListAsync()).Count);
    }

    [Fact]
    public async Task Append_AfterAKill_TakesNumbersThatNobodyWasGiven()
    {
        JournalEntry[] kept = [new(new TextDelta(1, "a"), "a"), new(new TextDelta(2, "b"), "b")];
        var journal = new GenerationJournal(GenerationId.New(), TimeProvider.System, kept, "ab");
        Assert.Equal(2, journal.LastSeq);
        journal.Append([new TextDelta(0, "!"), End]);

        async Task<IEnumerable<long>> ReadAsync(long from)
            => (await journal.ReadAsync(from, Cancel).ToListAsync()).Select(entry => entry.Event.Seq);
        Assert.Equal([1, 2, EventNumbers.Epoch, EventNumbers.Epoch + 1], await ReadAsync(1));
        // Who had read all that was kept goes on with what was said afterwards.
        Assert.Equal([EventNumbers.Epoch, EventNumbers.Epoch + 1], await ReadAsync(3));
        // Who had read more is told how it ended, and nothing that would repeat or contradict it.
        foreach (var from in (long[])[4, 700, EventNumbers.Epoch, EventNumbers.Epoch + 3])
            Assert.Equal([EventNumbers.Epoch + 1], await ReadAsync(from));
        Assert.Equal([EventNumbers.Epoch + 1], await ReadAsync(EventNumbers.Epoch + 1));
        Assert.Empty(await ReadAsync(EventNumbers.Epoch + 2));
    }

    [Fact]
    public void Append_AfterAKillBeforeAnythingWasKept_BeginsAnEpochToo()
    {
        var journal = new GenerationJournal(GenerationId.New(), TimeProvider.System, [], "");
        journal.Append(End);
        Assert.Equal(EventNumbers.Epoch, journal.LastSeq);
    }

    [Fact]
    public async Task Mirror_AfterAKillOfThisMachine_KeepsTheOtherMachinesNumbers()
    {
        var journal = new GenerationJournal(
            GenerationId.New(), TimeProvider.System, [new(new TextDelta(1, "a"), "a")], "a");
        var ahead = journal.ReadAsync(4, Cancel).ToListAsync();
        journal.Mirror(new JournalEntry(new TextDelta(2, "b"), "b"));
        journal.Mirror(new JournalEntry(new TextDelta(3, "c"), "c"));
        journal.Mirror(new JournalEntry(new TextDelta(4, "d"), "d"));
        journal.Mirror(new JournalEntry(End with { Seq = 5 }, ""));
        Assert.Equal([4L, 5L], (await ahead).Select(entry => entry.Event.Seq));
        Assert.Equal("abcd", journal.Text);
    }

    public static IEnumerable<TheoryDataRow<GenerationEvent>> Kinds => new GenerationEvent[]
    {
        new Queued(1, 3, null), new Queued(2, 0, 1.5),
        new Started(3, new EngineStamp("m", "r", "float32", new EarlierWords("CPU"), "1", new SamplingChoice(Seed: 7)),
            new SentImage(640, 480, 5, 1234)),
        new TextDelta(4, "Ünï \u2028 <b>\"'&\0 🐧"), new PointFound(5, 1, 2, 10.05, 99.9), new PointGroupEnded(
            6, 1, "penguins", "a \"penguin\""),
        new Noted(7, NoteCode.UnclosedTag, "x"), End with { Seq = 8 }, new Failed(
            9, "engine_failed", new EarlierWords("Sorry."), true),
    }.Select(e => new TheoryDataRow<GenerationEvent>(e));

    [Theory, MemberData(nameof(Kinds))]
    public void Body_EveryKindOfEvent_ComesBackEqualAndIsReadableAsAnEvent(GenerationEvent e)
    {
        foreach (var raw in (string[])["", "<point", e is TextDelta text ? text.Delta : "\0"])
        {
            var entry = new JournalEntry(e, raw);
            Assert.Equal(entry, JournalEntry.FromBody(entry.ToBody()));
            Assert.Equal(
                e, System.Text.Json.JsonSerializer.Deserialize<GenerationEvent>(entry.ToBody(), JournalEntry.Json));
        }
    }

    private static GenerationJournal NewJournal() => new(GenerationId.New(), TimeProvider.System);

    private static async Task<List<JournalEntry>> ReadSlowlyAsync(GenerationJournal journal, int from)
    {
        var seen = new List<JournalEntry>();
        await foreach (var entry in journal.ReadAsync(from, Cancel))
        {
            seen.Add(entry);
            if (from % 3 == 0) await Task.Delay(1, Cancel);
        }
        return seen;
    }
}
