using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>Answers on their way: waiting, stopped, failing, without storage.</summary>
public class GenerationLifeTests
{
    private readonly VisitorId _ann = VisitorId.New();
    private readonly VisitorId _ben = VisitorId.New();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Queue_SeveralVisitors_TakeTurnsAndSeeTheirPlace()
    {
        await using var chat =
            await ChatApplication.StartAsync(new MolmoOptions { MaxSequences = 1, MaxPerVisitor = 10 });
        var gate = chat.Model.HoldSteps();
        var ids = new List<(VisitorId, GenerationId)>();
        foreach (var (visitor, text) in new[] { (_ann, "a1"), (_ann, "a2"), (_ann, "a3"), (_ben, "b1") })
        {
            ids.Add((visitor, await chat.Service.StartAsync(visitor, Ask(text), Cancel)));
            await Sequences.UntilAsync(
                () => chat.Service.GetQueueStatusAsync(Cancel).Result is { } status
                    && status.Running + status.Waiting == ids.Count,
                "it has its place");
            // A place that changes before it is told is told once: the first place must be on record before Ben takes
            // it.
            if (text == "a3") Assert.Equal([1], await PlacesAsync(1));
        }
        await Sequences.UntilAsync(() => chat.Service.GetQueueStatusAsync(Cancel).Result is { Running: 1, Waiting: 3 },
            "one runs, three wait");
        Assert.Equal([1, 2], await PlacesAsync(2));

        gate.Release(100);
        foreach (var (visitor, id) in ids)
        {
            var events = await chat.Service.ReadAsync(visitor, id, 1, Cancel).ToListAsync();
            events.AssertWhole();
            Assert.Equal(EndReason.Finished, Assert.IsType<Ended>(events[^1]).Reason);
        }
        Assert.Equal(["a1", "a2", "b1", "a3"], chat.Model.Asked.Select(assignment => assignment.Text));
        Assert.Equal(1, chat.Model.MostRunning);

        async Task<IEnumerable<int>> PlacesAsync(int count)
            => (await chat.Service.ReadAsync(_ann, ids[2].Item2, 1, Cancel).TakeAsync(count))
                .Cast<Queued>().Select(queued => queued.Position);
    }

    [Fact]
    public async Task Stop_WhileQueued_EndsAtOnceWithoutTheModel()
    {
        await using var chat = await ChatApplication.StartAsync(new MolmoOptions { MaxSequences = 1 });
        chat.Model.HoldSteps();
        await chat.Service.StartAsync(_ann, Ask("runs"), Cancel);
        var waiting = await chat.Service.StartAsync(_ben, Ask("waits"), Cancel);
        await chat.Service.StopAsync(_ben, waiting, Cancel);
        var events = await chat.Service.ReadAsync(_ben, waiting, 1, Cancel).ToListAsync();
        events.AssertWhole();
        Assert.Equal(EndReason.Stopped, Assert.IsType<Ended>(events[^1]).Reason);
        Assert.Single(chat.Model.Asked);
    }

    [Fact]
    public async Task Stop_MidAnswer_FreesTheModelWithinAStepAndKeepsTheText()
    {
        await using var chat = await ChatApplication.StartAsync();
        chat.Model.Script = _ => Enumerable.Range(0, 1000).Select(i => $"{i} <po");
        var gate = chat.Model.HoldSteps();
        var conversation = ConversationId.New();
        var id = await chat.Service.StartAsync(_ann, Ask("Go on", conversation), Cancel);
        gate.Release(5);
        await Sequences.UntilAsync(() => chat.Model.Steps == 5 && gate.CurrentCount == 0, "five steps");
        await chat.Service.StopAsync(_ann, id, Cancel);
        await chat.Service.StopAsync(_ann, id, Cancel);
        gate.Release(1000);
        var events = await chat.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();

        events.AssertWhole();
        Assert.Equal(EndReason.Stopped, Assert.IsType<Ended>(events[^1]).Reason);
        Assert.InRange(chat.Model.Steps, 5, 6);
        Assert.Equal(0, chat.Model.Running);
        var turn = Assert.Single((await chat.Service.FindAsync(_ann, conversation, Cancel))!.Turns);
        Assert.StartsWith("0 <po1 <po2 <po3 <po4 <po", turn.Text, StringComparison.Ordinal);
        events.AssertShows(turn.Text);
        await chat.Service.StopAsync(_ann, id, Cancel);
    }

    [Slow]
    [Fact]
    public async Task Stop_RacingTheEnd_GivesExactlyOneEnd()
    {
        await using var chat =
            await ChatApplication.StartAsync(new MolmoOptions { MaxPerVisitor = 100, MaxSequences = 4 });
        chat.Model.Script = _ => ["a", "b"];
        for (var round = 0; round < 200; round++)
        {
            var id = await chat.Service.StartAsync(_ann, Ask($"{round}"), Cancel);
            for (var spin = 0; spin < round % 20; spin++) await Task.Yield();
            await chat.Service.StopAsync(_ann, id, Cancel);
            (await chat.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync()).AssertWhole();
        }
        await Sequences.UntilAsync(() => !chat.Service.Active.Any(), "all ended");
        Assert.Equal((0, 0), ((await chat.Service.GetQueueStatusAsync(Cancel)).Running, chat.Model.Running));
        using var connection = chat.Database.Open();
        using var ends = connection.CreateCommand();
        ends.CommandText = "SELECT COUNT(*) FROM events WHERE body LIKE '{\"type\":\"end\"%'";
        await Sequences.UntilAsync(() => (long)ends.ExecuteScalar()! == 200, "200 stored ends");
    }

    [Slow]
    [Fact]
    public async Task Read_ReadersComeAndGo_TheAnswerGoesOnUntilNobodyReadsForLong()
    {
        await using var chat = await ChatApplication.StartAsync(new MolmoOptions { UnreadSeconds = 1 });
        var gate = chat.Model.HoldSteps();
        var id = await chat.Service.StartAsync(_ann, Ask("Anyone?"), Cancel);
        gate.Release();
        // Someone attaches within the grace, again and again.
        for (var i = 0; i < 4; i++)
        {
            Assert.IsType<Started>((await chat.Service.ReadAsync(_ann, id, 1, Cancel).TakeAsync(1))[0]);
            await Task.Delay(400, Cancel);
        }
        Assert.Single(chat.Service.Active);
        await Sequences.UntilAsync(() => !chat.Service.Active.Any(), "stopped for want of readers");
        var events = await chat.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
        Assert.Equal("One ", events.Prose());
        Assert.Equal(EndReason.Stopped, Assert.IsType<Ended>(events[^1]).Reason);
    }

    [Fact]
    public async Task Model_Throws_TheAnswerFailsWithASentenceAndOthersGoOn()
    {
        await using var chat = await ChatApplication.StartAsync();
        chat.Model.Script = assignment => assignment.Text == "poison" ? Poison() : ["fine"];
        var conversation = ConversationId.New();
        var events = await AnswerAsync(chat, Ask("poison", conversation));
        events.AssertWhole();
        var failed = Assert.IsType<Failed>(events[^1]);
        Assert.Equal(
            "The model stopped after 1 word. The text and 1 point so far are kept. Try again?", Words.Of(failed.Fact));
        Assert.True(failed.Retryable);
        Assert.Equal("fine", (await AnswerAsync(chat, Ask("healthy", conversation))).Prose());
        Assert.Single(chat.Log.All, line => line.Level == LogLevel.Error);

        static IEnumerable<string> Poison()
        {
            yield return "Two: <point x=\"1\" y=\"2\" ";
            throw new InvalidOperationException("NaN");
        }
    }

    [Fact]
    public async Task Model_WritesNothingInTime_TheAnswerFails()
    {
        await using var chat = await ChatApplication.StartAsync(new MolmoOptions { FirstTokenSeconds = 1 });
        chat.Model.HoldSteps();
        var failed = Assert.IsType<Failed>((await AnswerAsync(chat, Ask("slow")))[^1]);
        Assert.Equal("unavailable", failed.Code);
        Assert.Equal(0, chat.Model.Running);
    }

    [Fact]
    public async Task Model_WritesForTooLong_TheAnswerIsCut()
    {
        await using var chat = await ChatApplication.StartAsync(new MolmoOptions { AnswerSeconds = 1 });
        chat.Model.HoldSteps().Release(1);
        var events = await AnswerAsync(chat, Ask("endless"));
        Assert.Equal("One ", events.Prose());
        Assert.Equal(EndReason.Length, Assert.IsType<Ended>(events[^1]).Reason);
    }

    [Fact]
    public async Task Model_HasFailedToLoad_QuestionsAreRefusedAndTheStatusSaysWhy()
    {
        await using var chat = await ChatApplication.StartAsync();
        chat.Model.Trouble = new EarlierWords("The model cannot be loaded.");
        Assert.Equal(new QueueStatus(0, 0, 0, false, new EarlierWords("The model cannot be loaded.")),
            await chat.Service.GetQueueStatusAsync(Cancel));
        chat.Model.HasFailed = true;
        var refusal =
            await Assert.ThrowsAsync<ChatRefusedException>(() => chat.Service.StartAsync(_ann, Ask("x"), Cancel));
        Assert.Equal(
            (ChatFault.Unavailable, new EarlierWords("The model cannot be loaded.")), (refusal.Fault, refusal.Fact));
    }

    [Fact]
    public async Task Storage_LockedByAnother_TheStreamGoesOnAndIsStoredLater()
    {
        await using var chat = await ChatApplication.StartAsync();
        var gate = chat.Model.HoldSteps();
        var id = await chat.Service.StartAsync(_ann, Ask("Still there?"), Cancel);
        using (var other = new SqliteConnection($"Data Source={chat.Data}/molmo.db;Pooling=false"))
        {
            other.Open();
            using var hold = other.CreateCommand();
            hold.CommandText = "BEGIN EXCLUSIVE";
            hold.ExecuteNonQuery();
            gate.Release(100);
            var events = await chat.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
            events.AssertWhole();
            Assert.Equal("One two three.", events.Prose());
        }
        await StoredAsync(chat, id);
    }

    [Fact]
    public async Task Storage_Full_TheStreamGoesOnAndIsStoredWhenThereIsRoom()
    {
        await using var chat = await ChatApplication.StartAsync();
        var gate = chat.Model.HoldSteps();
        var id = await chat.Service.StartAsync(_ann, Ask("Full?"), Cancel);
        Execute(chat,
            "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END");
        gate.Release(100);
        Assert.Equal("One two three.", (await chat.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync()).Prose());
        await Sequences.UntilAsync(() => chat.Log.All.Any(line => line.Level == LogLevel.Error), "the error is logged");
        Execute(chat, "DROP TRIGGER full");
        await StoredAsync(chat, id);
        Assert.Single(chat.Log.All, line => line.Level == LogLevel.Error);

        Execute(chat, "CREATE TRIGGER full BEFORE INSERT ON generations BEGIN SELECT RAISE(ABORT, "
            + "'database or disk is full'); END");
        var refusal =
            await Assert.ThrowsAsync<ChatRefusedException>(() => chat.Service.StartAsync(_ann, Ask("More?"), Cancel));
        Assert.Equal(ChatFault.Unavailable, refusal.Fault);
        Assert.Equal(new QuestionNotStored(), refusal.Fact);
        Assert.Empty(chat.Service.Active);
    }

    private static Question Ask(string text, ConversationId? conversation = null, ImageId? image = null)
        => new(conversation ?? ConversationId.New(), text, image, SamplingChoice.Greedy);

    private async Task<List<GenerationEvent>> AnswerAsync(ChatApplication chat, Question question)
    {
        var id = await chat.Service.StartAsync(_ann, question, Cancel);
        return await chat.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
    }

    private static async Task StoredAsync(ChatApplication chat, GenerationId id)
    {
        using var connection = chat.Database.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT ended_at IS NOT NULL FROM generations WHERE id = $id";
        command.Parameters.AddWithValue("$id", id.Value);
        await Sequences.UntilAsync(() => (long)command.ExecuteScalar()! == 1, "the end is stored");
    }

    private static void Execute(ChatApplication chat, string sql)
    {
        using var connection = chat.Database.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
