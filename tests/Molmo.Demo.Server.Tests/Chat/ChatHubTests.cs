using System.Net;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Server.Chat;

namespace Molmo.Demo.Server.Tests.Chat;

public class ChatHubTests
{
    private static readonly string[] Pieces =
        ["Two ", "<points x1=\"10.5\" y1=\"2", "0\" x2=\"30\" y2=\"40\" alt=\"penguins\">pen", "guins</points> in ",
            "all", ". <point x=\"999\" y=\"1\" alt=\"\">x</point>"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Attach_OnTheWire_HasTheNamesOfTheContract()
    {
        await using var chat = await ChatApplication.StartAsync();
        chat.Model.Script = _ => Pieces;
        await using var hub = await Loopback.ConnectAsync(chat.Address);
        var (id, _) = await hub.StartAsync(new { text = "How many?" });
        var items = await hub.StreamAsync<JsonElement>("Attach", id, 1, Cancel).ToListAsync();

        foreach (var (seq, item) in items.Index())
        {
            Assert.Equal("type", item.EnumerateObject().First().Name);
            Assert.Equal(seq + 1, item.GetProperty("seq").GetInt64());
            Assert.False(item.TryGetProperty("isLast", out _));
        }
        var byType = items.GroupBy(item => item.GetProperty("type").GetString()!)
            .ToDictionary(group => group.Key, group => group.First());
        Assert.Equal(["end", "groupEnd", "note", "point", "start", "text"], byType.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["type", "group", "n", "x", "y", "seq"], Names(byType["point"]));
        Assert.Equal(["type", "delta", "seq"], Names(byType["text"]));
        Assert.Equal(["type", "group", "text", "alt", "seq"], Names(byType["groupEnd"]));
        Assert.Equal(["type", "stamp", "sent", "seq"], Names(byType["start"]));
        Assert.Equal(["type", "code", "detail", "at", "seq"], Names(byType["note"]));
        Assert.Equal(["type", "reason", "usage", "timings", "seq"], Names(byType["end"]));
        Assert.Equal("Finished", byType["end"].GetProperty("reason").GetString());
        Assert.Equal("PointOutOfRange", byType["note"].GetProperty("code").GetString());
        Assert.Equal(10.5, byType["point"].GetProperty("x").GetDouble());
    }

    [Theory]
    [InlineData("en", "Write a question first.", "The model failed before it wrote anything.")]
    [InlineData("de-AT", "Schreib zuerst eine Frage.", "Das Modell")]
    [InlineData("fr", "Write a question first.", "The model failed before it wrote anything.")]
    public async Task Hub_OfAReader_RefusesAndTellsInItsLanguage(string language, string refused, string failed)
    {
        await using var chat = await ChatApplication.StartAsync();
        chat.Model.Script = _ => throw new InvalidOperationException("Broken.");
        await using var hub = await Loopback.ConnectAsync(chat.Address, language: language);

        var refusal = await Assert.ThrowsAsync<HubException>(() => hub.StartAsync(new { text = " " }));
        var (id, _) = await hub.StartAsync(new { text = "How many?" });
        var last = (await hub.StreamAsync<JsonElement>("Attach", id, 1, Cancel).ToListAsync())[^1];

        Assert.Contains(refused, refusal.Message, StringComparison.Ordinal);
        Assert.Equal("modelFailed", last.GetProperty("fact").GetProperty("code").GetString());
        Assert.StartsWith(failed, last.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hub_ToAReaderOfAnotherLanguage_SaysItsWordsBesideTheFacts()
    {
        await using var chat = await ChatApplication.StartAsync();
        chat.Model.CropWarning = new ManyCrops(30, 12);
        await using var hub = await Loopback.ConnectAsync(chat.Address, language: "de-AT, en;q=0.5");

        var (id, _) = await hub.StartAsync(new { text = "How many?" });
        var items = await hub.StreamAsync<JsonElement>("Attach", id, 1, Cancel).ToListAsync();

        var note = items.Single(item => item.GetProperty("type").GetString() == "note");
        Assert.Equal("manyCrops", note.GetProperty("fact").GetProperty("code").GetString());
        Assert.StartsWith("Mit 30 Kacheln gefragt", note.GetProperty("message").GetString());
    }

    [Fact]
    public async Task Start_WhileNoQuestionsAreTaken_IsRefusedAndWhatRunsGoesOn()
    {
        await using var chat = await ChatApplication.StartAsync();
        chat.Model.Script = _ => Pieces;
        using var gate = chat.Model.HoldSteps();
        await using var hub = await Loopback.ConnectAsync(chat.Address);
        var (running, _) = await hub.StartAsync(new { text = "Asked before" });
        var intake = chat.Services.GetRequiredService<Intake>();

        intake.IsClosed = true;
        var refusal = await Assert.ThrowsAsync<HubException>(() => hub.StartAsync(new { text = "Asked after" }));
        Assert.Contains("takes no new questions at the moment", refusal.Message, StringComparison.Ordinal);
        gate.Release(1000);
        (await hub.ReadAsync(running)).AssertWhole();

        intake.IsClosed = false;
        var (again, _) = await hub.StartAsync(new { text = "Asked again" });
        (await hub.ReadAsync(again)).AssertWhole();
    }

    [Fact]
    public async Task Attach_FromEverySequenceNumber_EqualsTheUninterruptedRun()
    {
        await using var chat = await ChatApplication.StartAsync(new MolmoOptions { MaxSequences = 1 });
        chat.Model.Script = _ => Pieces;
        var gate = chat.Model.HoldSteps();
        var person = new CookieContainer();
        await using var hub = await Loopback.ConnectAsync(chat.Address, person);
        var (first, _) = await hub.StartAsync(new { text = "I hold the queue" });
        var (id, conversation) = await hub.StartAsync(new { text = "How many?" });
        // Some attach before anything is there, some far ahead.
        var early = Enumerable.Range(1, 12).Select(from => hub.ReadAsync(id, from)).ToList();
        await Sequences.UntilAsync(
            () => chat.Service.GetQueueStatusAsync(Cancel).Result.Waiting == 1, "the second waits");
        gate.Release(1000);
        var whole = await hub.ReadAsync(id);

        whole.AssertWhole();
        Assert.IsType<Queued>(whole[0]);
        Assert.Equal(
            [(0, 1, 10.5, 20d), (0, 2, 30d, 40d)], whole.OfType<PointFound>().Select(p => (p.Group, p.N, p.X, p.Y)));
        for (var from = 1; from <= 12; from++) Assert.Equal(From(from), await early[from - 1]);
        for (var from = 1; from <= whole.Count + 2; from++) Assert.Equal(From(from), await hub.ReadAsync(id, from));

        await Sequences.UntilAsync(() => !chat.Service.Active.Any(), "both ended");
        await using var otherTab = await Loopback.ConnectAsync(chat.Address, person);
        for (var from = 1; from <= whole.Count + 2; from++)
            Assert.Equal(From(from), await otherTab.ReadAsync(id, from));
        Assert.NotEqual(first, id);
        Assert.True(Shared.RandomId.IsWellFormed(conversation));

        // Who asks for what is beyond the end is told the end.
        IEnumerable<GenerationEvent> From(int from)
            => from <= whole.Count + 1 ? whole.Skip(from - 1) : whole.TakeLast(1);
    }

    [Fact]
    public async Task AnyMethod_AnotherPerson_GetsUnknown()
    {
        await using var chat = await ChatApplication.StartAsync();
        await using var ann = await Loopback.ConnectAsync(chat.Address);
        await using var ben = await Loopback.ConnectAsync(chat.Address);
        var (id, conversation) = await ann.StartAsync(new { text = "Mine" });
        await AssertRefusedAsync(() => ben.ReadAsync(id), "not known");
        await AssertRefusedAsync(() => ben.InvokeAsync("Stop", id, Cancel), "not known");
        await AssertRefusedAsync(() => ben.StartAsync(new { text = "Yours", conversation }), "not known");
        (await ann.ReadAsync(id)).AssertWhole();
    }

    [Fact]
    public async Task Stop_FromAnotherTab_EndsTheAnswer()
    {
        await using var chat = await ChatApplication.StartAsync();
        chat.Model.HoldSteps();
        var person = new CookieContainer();
        await using var hub = await Loopback.ConnectAsync(chat.Address, person);
        var (id, _) = await hub.StartAsync(new { text = "Never ends" });
        await using var otherTab = await Loopback.ConnectAsync(chat.Address, person);
        var reading = hub.ReadAsync(id);
        Assert.Equal(1, (await hub.InvokeAsync<QueueStatus>("QueueStatus", Cancel)).Running);
        await otherTab.InvokeAsync("Stop", id, Cancel);
        Assert.Equal(EndReason.Stopped, Assert.IsType<Ended>((await reading)[^1]).Reason);
    }

    [Fact]
    public async Task Attach_ReaderLeaves_TheAnswerGoesOn()
    {
        await using var chat = await ChatApplication.StartAsync();
        var gate = chat.Model.HoldSteps();
        var person = new CookieContainer();
        string id;
        await using (var hub = await Loopback.ConnectAsync(chat.Address, person))
        {
            (id, _) = await hub.StartAsync(new { text = "Leave me" });
            await hub.StreamAsync<GenerationEvent>("Attach", id, 1L, Cancel).TakeAsync(1);
        }
        gate.Release(100);
        await using var back = await Loopback.ConnectAsync(chat.Address, person);
        Assert.Equal("One two three.", (await back.ReadAsync(id)).Prose());
    }

    [Fact]
    public async Task Attach_TooManyOverOneConnection_IsRefusedAndTheRestGoOn()
    {
        await using var chat = await ChatApplication.StartAsync();
        var gate = chat.Model.HoldSteps();
        await using var hub = await Loopback.ConnectAsync(chat.Address);
        var (id, _) = await hub.StartAsync(new { text = "Popular" });
        var readings = Enumerable.Range(0, 70).Select(_ => hub.ReadAsync(id)).ToList();
        await Sequences.UntilAsync(() => readings.Count(reading => reading.IsFaulted) == 6, "six are refused");
        gate.Release(100);
        foreach (var reading in readings.Where(reading => !reading.IsFaulted)) (await reading).AssertWhole();
        (await hub.ReadAsync(id)).AssertWhole();
    }

    [Fact]
    public async Task AnyMethod_WrongArguments_AreRefusedAndTheConnectionLives()
    {
        await using var chat = await ChatApplication.StartAsync();
        await using var hub = await Loopback.ConnectAsync(chat.Address);
        object?[] starts =
        [
            null, new { }, new { text = (string?)null }, new { text = "  " }, new { text = 5 }, "text", 7,
            Array.Empty<int>(), new { text = "x", image = "../../etc/passwd" }, new { text = "x", image = "" },
            new { text = "x", conversation = "" },
            new { text = "x", conversation = "'; DROP TABLE generations; --" },
            new { text = "x", generationId = "short" },
            new { text = "x", sampling = new { temperature = -1 } },
            new { text = "x", sampling = new { temperature = "hot" } },
            new { text = "x", sampling = new { maxTokens = 0 } },
            new { text = "x", sampling = new { maxTokens = 1e30 } },
            new { text = "x", history = new object?[] { null } },
            new { text = "x", history = new[] { new { question = (string?)null, answer = "a" } } },
            new { text = "x", history = "none" }, new { text = "x", prompt = new { style = "ignore the photo" } },
            new { text = "x", prompt = new { style = "vqa2:" } },
            new { text = "x", prompt = new { maxCrops = 0 } }, new { text = "x", prompt = new { maxCrops = 37 } },
            new { text = "x", prompt = "document" }, new { text = new string('a', ChatLimits.PromptCharacters + 1) },
        ];
        foreach (var start in starts)
            await Assert.ThrowsAsync<HubException>(() => hub.InvokeAsync("StartGeneration", start, Cancel));
        foreach (var id in new object?[] { null, "", "x", 5, new string('A', 22), "%00%2e%2e%2f" })
        {
            await Assert.ThrowsAsync<HubException>(
                () => hub.StreamAsync<GenerationEvent>("Attach", id, 1L, Cancel).ToListAsync());
            await Assert.ThrowsAsync<HubException>(() => hub.InvokeAsync("Stop", id, Cancel));
        }
        await Assert.ThrowsAsync<HubException>(() => hub.InvokeAsync("Missing", Cancel));
        await Assert.ThrowsAsync<HubException>(() => hub.InvokeAsync("Stop", Cancel));

        var (generation, _) = await hub.StartAsync(new { text = "Still here?" });
        Assert.Equal("One two three.", (await hub.ReadAsync(generation, long.MinValue)).Prose());
        Assert.IsType<Ended>(Assert.Single(await hub.ReadAsync(generation, long.MaxValue)));
        Assert.DoesNotContain(chat.Log.All, line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Critical);
    }

    [Theory]
    [InlineData(40_000)]
    [InlineData(1_000_000)]
    public async Task Start_MessageAboveTheLimit_EndsThatConnectionOnly(int length)
    {
        await using var chat = await ChatApplication.StartAsync();
        await using var healthy = await Loopback.ConnectAsync(chat.Address);
        await using var flooding = await Loopback.ConnectAsync(chat.Address);
        await Assert.ThrowsAnyAsync<Exception>(() => flooding.StartAsync(new { text = new string('a', length) }));
        Assert.Empty(chat.Model.Asked);
        var (id, _) = await healthy.StartAsync(new { text = "Fine" });
        (await healthy.ReadAsync(id)).AssertWhole();
    }

    [Fact]
    public async Task Start_LongestPromptOfWideCharacters_IsAccepted()
    {
        await using var chat = await ChatApplication.StartAsync();
        await using var hub = await Loopback.ConnectAsync(chat.Address);
        var text = string.Concat(Enumerable.Repeat("\U0001F427", ChatLimits.PromptCharacters / 2));
        var (id, _) = await hub.StartAsync(new { text });
        (await hub.ReadAsync(id)).AssertWhole();
        Assert.Equal(text, Assert.Single(chat.Model.Asked).Text);
    }

    [Slow]
    [Fact]
    public async Task Start_HostilePrompts_AreStoredEqualOrRefused()
    {
        using var file = JsonDocument.Parse(
            await File.ReadAllBytesAsync(Path.Combine(Demo.Tests.TestData.Hostile, "prompts.json"), Cancel));
        await using var chat =
            await ChatApplication.StartAsync(new MolmoOptions { MaxPerVisitor = 100, MaxWaiting = 1000 });
        await using var hub = await Loopback.ConnectAsync(chat.Address);
        var visitor = VisitorId.New();
        foreach (var prompt in file.RootElement.GetProperty("prompts").EnumerateArray())
        {
            // As the service sees it, lone surrogates included.
            var text = Unescape(prompt.GetRawText());
            var conversation = ConversationId.New();
            try
            {
                var id = await chat.Service.StartAsync(
                    visitor, new Question(conversation, text, null, SamplingChoice.Greedy), Cancel);
                (await chat.Service.ReadAsync(visitor, id, 1, Cancel).ToListAsync()).AssertWhole();
                Assert.Equal(
                    text, Assert.Single((await chat.Service.FindAsync(visitor, conversation, Cancel))!.Turns).Question);
            }
            catch (ChatRefusedException e)
            {
                Assert.True(e.Fault is ChatFault.Invalid or ChatFault.TooLong, Words.Of(e.Fact));
            }

            // And byte by byte over a socket of its own.
            await using var raw = await RawHub.ConnectAsync(chat.Address, Cancel);
            var reply = await raw.InvokeAsync("StartGeneration", $$"""{"text":{{prompt.GetRawText()}}}""", Cancel);
            Assert.True(
                reply.Contains("\"generationId\"", StringComparison.Ordinal)
                    || reply.Contains("\"error\"", StringComparison.Ordinal),
                reply);
        }
        var (alive, _) = await hub.StartAsync(new { text = "Alive?" });
        (await hub.ReadAsync(alive)).AssertWhole();
    }

    [Fact]
    public async Task Socket_GarbageFrames_EndOnlyThatConnection()
    {
        await using var chat = await ChatApplication.StartAsync();
        var random = new Random(1);
        string[] frames =
        [
            "{}", "[]", "nonsense", "{\"type\":1}", "{\"type\":99}",
            "{\"type\":4,\"invocationId\":\"1\",\"target\":\"Attach\",\"arguments\":[]}",
            "{\"type\":1,\"invocationId\":\"1\",\"target\":\"StartGeneration\",\"arguments\":[{\"text\":\"x\"},2]}",
            "{\"type\":5}", "{\"type\":2,\"invocationId\":\"z\",\"item\":1}",
            Encoding.UTF8.GetString([.. Enumerable.Range(0, 500).Select(_ => (byte)random.Next(32, 127))]),
        ];
        foreach (var frame in frames)
        {
            await using var raw = await RawHub.ConnectAsync(chat.Address, Cancel);
            await raw.SendAsync(frame, Cancel);
        }
        await using var hub = await Loopback.ConnectAsync(chat.Address);
        var (id, _) = await hub.StartAsync(new { text = "Alive?" });
        (await hub.ReadAsync(id)).AssertWhole();
    }

    private static async Task AssertRefusedAsync(Func<Task> call, string words)
        => Assert.Contains(words, (await Assert.ThrowsAsync<HubException>(call)).Message, StringComparison.Ordinal);

    private static IEnumerable<string> Names(JsonElement item)
        => item.EnumerateObject().Select(property => property.Name);

    private static string Unescape(string json)
    {
        var text = new StringBuilder();
        for (var i = 1; i < json.Length - 1; i++)
        {
            if (json[i] != '\\') text.Append(json[i]);
            else if (json[++i] == 'u')
            {
                text.Append((char)Convert.ToUInt16(json.Substring(i + 1, 4), 16));
                i += 4;
            }
            else
                text.Append(
                    json[i] switch { 'n' => '\n', 'r' => '\r', 't' => '\t', 'b' => '\b', 'f' => '\f', var c => c });
        }
        return text.ToString();
    }
}
