using System.Net;
using Dapper;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.OpenAi;
using Molmo.Demo.Server.Tests.OpenAi;

namespace Molmo.Demo.Server.Tests.Chat;

public class RecoveryTests
{
    private readonly VisitorId _ann = VisitorId.New();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_AfterAKill_ClosesWhatWasLeftWithTheTextKept()
    {
        const string text = "Three: <points x1=\"1\" y1=\"2\" x2=\"3\" y2=\"4\" alt=\"a";
        var conversation = ConversationId.New();
        var id = GenerationId.New();
        await using var chat = await ChatApplication.StartAsync();
        using (var connection = chat.Database.Open())
        {
            // As a killed process leaves it: the text is ahead of the events, and neither has an end.
            connection.Execute(
                "INSERT INTO conversations (id, visitor, title, created_at, updated_at) VALUES (@c, @v, 't', 0, 0)",
                new { c = conversation.Value, v = _ann.Value });
            connection.Execute("""
                INSERT INTO generations (id, visitor, conversation, ordinal, question, sampling, text, state,
                    created_at)
                VALUES (@g, @v, @c, 1, 'How many?', '{"maxTokens":5}', @text, 'running', 0)
                """, new { g = id.Value, v = _ann.Value, c = conversation.Value, text });
            var entries = new[]
            {
                new JournalEntry(new Started(
                    1, new EngineStamp("m", "r", "p", new EarlierWords("d"), "v", SamplingChoice.Greedy), null),
                    ""),
                new JournalEntry(new TextDelta(2, "Three"), "Three"),
                new JournalEntry(new TextDelta(3, ": "), ": "),
                new JournalEntry(new PointFound(4, 0, 1, 1, 2), "<points x1=\"1\" y1=\"2\""),
            };
            connection.Execute("INSERT INTO events (generation, seq, body) VALUES (@g, @seq, @body)",
                entries.Select(e => new { g = id.Value, seq = e.Event.Seq, body = e.ToBody() }));
        }
        await chat.StopAsync();
        await using var next = await ChatApplication.StartAsync(data: chat.Data);
        for (var read = 0; read < 2; read++)
        {
            var events = await next.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
            events.AssertWhole(afterCrash: true);
            Assert.Equal([(1d, 2d), (3d, 4d)], events.OfType<PointFound>().Select(p => (p.X, p.Y)));
            Assert.Equal("Three: ", events.Prose());
            Assert.Equal(EndReason.Interrupted, Assert.IsType<Ended>(events[^1]).Reason);
            events.AssertShows(text);
            var turn = Assert.Single((await next.Service.FindAsync(_ann, conversation, Cancel))!.Turns);
            Assert.Equal((text, true), (turn.Text, turn.IsEnded));
            await Sequences.UntilAsync(() => next.Database.Open().ExecuteScalar<long>(
                "SELECT COUNT(*) FROM generations WHERE ended_at IS NULL") == 0, "the end is stored");
        }

        // The conversation goes on, with the interrupted answer as its history.
        var followUp = await next.Service.StartAsync(
            _ann, new Question(conversation, "Go on", null, SamplingChoice.Greedy), Cancel);
        await next.Service.ReadAsync(_ann, followUp, 1, Cancel).ToListAsync();
        Assert.Equal([new Turn("How many?", text)], next.Model.Asked.Single().History);
    }

    [Fact]
    public async Task Read_FromNumbersThatAKillTookAway_TellsTheEnd()
    {
        var (conversation, id) = (ConversationId.New(), GenerationId.New());
        await using var chat = await ChatApplication.StartAsync();
        using (var connection = chat.Database.Open())
        {
            connection.Execute(
                "INSERT INTO conversations (id, visitor, title, created_at, updated_at) VALUES (@c, @v, 't', 0, 0)",
                new { c = conversation.Value, v = _ann.Value });
            connection.Execute("""
                INSERT INTO generations (id, visitor, conversation, ordinal, question, sampling, text, state,
                    created_at)
                VALUES (@g, @v, @c, 1, 'How many?', '{"maxTokens":5}', 'Three', 'running', 0)
                """, new { g = id.Value, v = _ann.Value, c = conversation.Value });
            connection.Execute("INSERT INTO events (generation, seq, body) VALUES (@g, 1, @body)",
                new { g = id.Value, body = new JournalEntry(new TextDelta(1, "Three"), "Three").ToBody() });
        }
        await chat.StopAsync();
        await using var next = await ChatApplication.StartAsync(data: chat.Data);

        // While its end is on its way into the database, and once it is there and forgotten in memory.
        for (var round = 0; round < 2; round++)
        {
            foreach (var from in (long[])[3, 52, 315, long.MaxValue])
            {
                var end = Assert.Single(await next.Service.ReadAsync(_ann, id, from, Cancel).ToListAsync());
                Assert.Equal((EventNumbers.Epoch, EndReason.Interrupted), (end.Seq, Assert.IsType<Ended>(end).Reason));
            }
            await Sequences.UntilAsync(() => next.Database.Open().ExecuteScalar<long>(
                "SELECT COUNT(*) FROM generations WHERE ended_at IS NULL") == 0, "the end is stored");
            await Task.Delay(100, Cancel);
        }
    }

    [Fact]
    public async Task Stop_WithTimeToFinish_LetsAnswersEndAndReadersSeeIt()
    {
        await using var chat =
            await ChatApplication.StartAsync(new MolmoOptions { DrainSeconds = 20, MaxPerVisitor = 10 });
        var gate = chat.Model.HoldSteps();
        var ids = new List<GenerationId>();
        for (var i = 0; i < 4; i++) ids.Add(await chat.Service.StartAsync(_ann, Ask($"{i}"), Cancel));
        await using var hub = await Loopback.ConnectAsync(chat.Address);
        var readings = ids.ConvertAll(id => chat.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync());
        var ending = chat.StopAsync();
        var refusal = await Assert.ThrowsAsync<ChatRefusedException>(async () =>
        {
            while (true)
            {
                await chat.Service.StopAsync(_ann, await chat.Service.StartAsync(_ann, Ask("late"), Cancel), Cancel);
                await Task.Delay(5, Cancel);
            }
        });
        Assert.Equal(ChatFault.Restarting, refusal.Fault);
        Assert.NotNull(refusal.RetryAfter);
        // Supervisors are told the same, and programs in words that speak of no box.
        using (var client = new HttpClient { BaseAddress = chat.Address })
        {
            using var ready = await client.GetAsync("/ready", Cancel);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.Equal(Words.Of(refusal.Fact), (await ready.JsonAsync())["message"]!.GetValue<string>());
            using var asked = await client.AskAsync(OpenAiCalls.Question());
            Assert.Equal(HttpStatusCode.ServiceUnavailable, asked.StatusCode);
            Assert.NotNull(asked.Headers.RetryAfter);
            var error = await asked.ErrorAsync();
            Assert.Equal(("restarting", ProgramWords.Of(refusal.Fact)), (error.Code, error.Message));
        }
        gate.Release(1000);
        foreach (var reading in readings)
            Assert.Equal(EndReason.Finished, Assert.IsType<Ended>((await reading)[^1]).Reason);
        await ending;

        await using var next = await ChatApplication.StartAsync(data: chat.Data);
        foreach (var id in ids)
            Assert.Equal("One two three.", (await next.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync()).Prose());
    }

    [Slow]
    [Fact]
    public async Task Stop_WithoutTime_InterruptsAndKeepsTheText()
    {
        await using var chat = await ChatApplication.StartAsync(new MolmoOptions { DrainSeconds = 1 });
        var gate = chat.Model.HoldSteps();
        var id = await chat.Service.StartAsync(_ann, Ask("x"), Cancel);
        gate.Release(2);
        await Sequences.UntilAsync(() => chat.Model.Steps == 2, "two steps");
        var reading = chat.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
        await chat.StopAsync();
        Assert.Equal(EndReason.Interrupted, Assert.IsType<Ended>((await reading)[^1]).Reason);

        await using var next = await ChatApplication.StartAsync(data: chat.Data);
        var events = await next.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
        events.AssertWhole();
        Assert.Equal("One two ", events.Prose());
        Assert.Equal(await reading, events);
    }

    private static Question Ask(string text) => new(ConversationId.New(), text, null, SamplingChoice.Greedy);
}
