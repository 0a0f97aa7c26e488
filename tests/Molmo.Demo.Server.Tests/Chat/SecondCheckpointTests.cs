using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Tests.Commands;
using Molmo.Demo.Server.Tests.OpenAi;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>
/// Two real checkpoints in one process, with tokenizers that differ: whichever is asked answers as if it were alone.
/// </summary>
public sealed class SecondCheckpointTests : IDisposable
{
    private const string First = "molmo-tiny";
    private const string Second = "swapped-tiny";
    private const string Scene = "scene-08.jpg";

    private readonly TemporaryFolder _folder = new();
    private readonly VisitorId _ann = VisitorId.New();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Slow]
    [Fact]
    public async Task Ask_BothAtOnce_EachAnswersWithItsOwnStampAndTokenizer()
    {
        await using var app = new MolmoApplication(
            ("Molmo:Compare", TinyModels.Swapped(_folder)), ("Molmo:MaxPerVisitor", "20"));
        await ReadyAsync(app);
        var image = (await app.Services.GetRequiredService<IImageCatalog>().TakeSampleAsync(_ann, Scene, Cancel))!.Id;
        string[] texts =
            ["How many strawberries are there?", "Point to the strawberries.", "Point to the lemons."];
        var alone = new List<Made>();
        foreach (var text in texts) alone.Add(await ReadAsync(app, await StartAsync(app, text, image, null)));
        Assert.Contains(".1\"", alone[0].Text, StringComparison.Ordinal);

        var mixed = new List<(string Text, string? Checkpoint, Asked Asked)>();
        foreach (var round in Enumerable.Range(0, 2))
            foreach (var text in texts)
                foreach (var checkpoint in new[] { Second, null, First })
                    mixed.Add((text, checkpoint, await StartAsync(app, text, image, checkpoint)));
        foreach (var (text, checkpoint, asked) in mixed)
        {
            var expected = alone[Array.IndexOf(texts, text)];
            var made = await ReadAsync(app, asked);
            Assert.Equal(checkpoint == Second ? Second : First, made.Stamp.Model);
            Assert.Equal(checkpoint == Second ? TinyModels.Swap(expected.Text) : expected.Text, made.Text);
            Assert.Equal(checkpoint == Second, made.Stamp.Revision != expected.Stamp.Revision);
            Assert.Equal(checkpoint, made.Turn.Prompt?.Checkpoint);
        }
    }

    [Fact]
    public async Task Continue_AnswerOfTheSecond_IsWrittenOnByTheSecond()
    {
        await using var app = new MolmoApplication(("Molmo:Compare", TinyModels.Swapped(_folder)));
        await ReadyAsync(app);
        var image = (await app.Services.GetRequiredService<IImageCatalog>().TakeSampleAsync(_ann, Scene, Cancel))!.Id;
        var whole = await ReadAsync(app, await StartAsync(app, "Point to the strawberries.", image, Second));
        var cut = await StartAsync(app, "Point to the strawberries.", image, Second, tokens: 15);
        await ReadAsync(app, cut);
        var rest = await app.Services.GetRequiredService<IChatService>().StartAsync(
            _ann,
            new Question(cut.Conversation, "ignored", null, SamplingChoice.Greedy, Place: new TurnPlace(null, cut.Id)),
            Cancel);
        var made = await ReadAsync(app, cut with { Id = rest });
        Assert.Equal(Second, made.Stamp.Model);
        Assert.StartsWith(made.Text, whole.Text, StringComparison.Ordinal);
        Assert.True(made.Text.Length > 20);
    }

    [Fact]
    public async Task Ask_UnknownCheckpoint_IsRefusedBeforeAnythingIsStored()
    {
        await using var app = new MolmoApplication();
        var conversation = ConversationId.New();
        foreach (var name in new[] { Second, "", new string('x', 1000), "half \ud83d" })
        {
            var question = new Question(
                conversation, "How many?", null, SamplingChoice.Greedy, Prompt: new PromptChoice(Checkpoint: name));
            var refusal = await Assert.ThrowsAsync<ChatRefusedException>(
                () => app.Services.GetRequiredService<IChatService>().StartAsync(_ann, question, Cancel));
            Assert.Equal(ChatFault.Invalid, refusal.Fault);
        }
        Assert.Null(await app.Services.GetRequiredService<IConversationStore>().FindAsync(_ann, conversation, Cancel));
        Assert.Null((await app.Services.GetRequiredService<IChatService>().GetQueueStatusAsync(Cancel)).Checkpoints);
    }

    [Slow]
    [Theory]
    [InlineData("none", "does not exist")]
    [InlineData("broken", "cannot be used")]
    public async Task Start_SecondCannotBeLoaded_SaysSoOnceAndTheFirstAnswers(string name, string reason)
    {
        var folder = _folder.Combine(name);
        if (name == "broken")
        {
            Directory.CreateDirectory(folder);
            await File.WriteAllTextAsync(Path.Combine(folder, "config.json"), "{}", Cancel);
        }
        await using var app = new MolmoApplication(("Molmo:Compare", folder));
        var chat = app.Services.GetRequiredService<IChatService>();
        await app.Services.GetRequiredService<EngineHost>().Loaded.WaitAsync(Sequences.Hang, Cancel);
        Assert.Equal([new(First, Ready: true, Practice: TestData.TinyThings), new(name, Ready: false, HasFailed: true)],
            (await chat.GetQueueStatusAsync(Cancel)).Checkpoints);
        Assert.Equal(First, (await ReadAsync(app, await StartAsync(app, "How many?", null, null))).Stamp.Model);
        var refusal = await Assert.ThrowsAsync<ChatRefusedException>(() => StartAsync(app, "How many?", null, name));
        Assert.Equal(ChatFault.Unavailable, refusal.Fault);
        Assert.Contains(name, Words.Of(refusal.Fact), StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.Combine(""), Words.Of(refusal.Fact), StringComparison.Ordinal);

        // The same beside a logger.
        var log = new LogLines();
        using var logging = LoggerFactory.Create(logging => logging.AddProvider(log));
        using var first = new EngineHost(new MolmoOptions(), logging.CreateLogger<EngineHost>());
        using var second = new EngineHost(
            new MolmoOptions { Compare = folder }.ForSecond()!, logging.CreateLogger<EngineHost>(), first: first);
        await second.StartAsync(Cancel);
        var line = Assert.Single(log.All, line => line.Level >= LogLevel.Warning);
        Assert.Null(line.Exception);
        Assert.Contains(reason, line.Text, StringComparison.Ordinal);
        Assert.Contains("--compare", line.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("--model", line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_SecondTooLargeForWhatIsLeft_IsLeftOut()
    {
        var log = new LogLines();
        using var logging = LoggerFactory.Create(logging => logging.AddProvider(log));
        // The keys and values of so long an answer are more than there is; those of the first are few.
        var options = new MolmoOptions { Compare = TinyModels.Narrow(_folder, 131_072) };
        var memory = new ModelMemory(() => 100 << 20);
        using var first = new EngineHost(options.ForFirst(), logging.CreateLogger<EngineHost>(), memory: memory);
        using var second = new EngineHost(
            options.ForSecond()!, logging.CreateLogger<EngineHost>(), memory: memory, first: first);
        var checkpoints = new Checkpoints(first, second);
        await checkpoints.StartAsync(Cancel);
        await first.Loaded.WaitAsync(Sequences.Hang, Cancel);
        await Sequences.UntilAsync(() => second.Loaded.IsCompleted, "the second is loaded or left out");
        Assert.Equal((true, false), (first.IsReady, second.IsReady));
        var reason = Assert.IsType<ModelRefused>(second.Trouble).Reason;
        Assert.Matches("needs [0-9.]+ GB with its weights in int4, and 0.[01] GB of memory are left", reason);
        Assert.Contains(
            reason, Assert.Single(log.All, line => line.Level >= LogLevel.Warning).Text, StringComparison.Ordinal);
        await checkpoints.StopAsync(Cancel);
    }

    [Slow]
    [Fact]
    public async Task Checkpoints_OfOneName_AreToldApart()
    {
        var same = TinyModels.Swapped(_folder, First);
        await using var other = new MolmoApplication(("Molmo:Compare", same), ("Molmo:CompareWeights", "int8"));
        var name = await ReadyAsync(other);
        Assert.Matches("^molmo-tiny@[0-9a-f]{12}$", name);
        var stamp = (await ReadAsync(other, await StartAsync(other, "How many?", null, name))).Stamp;
        Assert.Equal((First, name.Split('@')[1], "int8"), (stamp.Model, stamp.Revision, stamp.Precision));

        await using var again = new MolmoApplication(
            ("Molmo:Compare", Molmo.Demo.Tests.TestData.TinyModel), ("Molmo:CompareWeights", "int4"));
        Assert.Equal("molmo-tiny@int4", await ReadyAsync(again));
        Assert.Equal("int4",
            (await ReadAsync(again, await StartAsync(again, "How many?", null, "molmo-tiny@int4"))).Stamp.Precision);
        Assert.Equal(
            "float32", (await ReadAsync(again, await StartAsync(again, "How many?", null, null))).Stamp.Precision);
    }

    [Slow]
    [Fact]
    public async Task Programs_NameTheModel_AndAreAnsweredByIt()
    {
        var folder = TinyModels.Swapped(_folder);
        await using var app = new MolmoApplication(("Molmo:Compare", folder));
        await ReadyAsync(app);
        using var program = app.AsNewVisitor();
        var models = await program.GetFromJsonAsync<JsonObject>("/v1/models", Cancel);
        Assert.Equal([First, Second], models!["data"]!.AsArray().Select(model => model!.AsObject().Text("id")));
        Assert.Equal(Second, (await program.GetFromJsonAsync<JsonObject>($"/v1/models/{Second}", Cancel))!.Text("id"));

        foreach (var (name, expected) in new[]
        {
            (Second, Second), ("SWAPPED-tiny", Second), (folder, Second), (First, First), ("molmo", First)
        })
        {
            var question = OpenAiCalls.Question();
            question["model"] = name;
            question["max_tokens"] = 5;
            using var response = await program.AskAsync(question);
            Assert.Equal(expected, (await response.JsonAsync()).Text("model"));
        }
        var task = new JsonObject { ["model"] = Second, ["object"] = "penguins", ["image"] = OpenAiCalls.Picture };
        using var pointed = await program.PostAsync("/v1/point", task);
        Assert.Equal(Second, (await pointed.JsonAsync()).Text("model"));

        var wrong = OpenAiCalls.Question();
        wrong["model"] = "gpt-4";
        using var refused = await program.AskAsync(wrong);
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        Assert.Equal(("model", $"There is no such model here. This server answers with {First} and {Second}."),
            await refused.ErrorAsync() is var error ? (error.Param, error.Message) : default);
    }

    [Fact]
    public async Task WebRole_OffersAndAsksTheCheckpointsOfTheInferenceMachine()
    {
        await using var machines = await Machines.StartAsync();
        machines.Model.Checkpoints = [new("one", Ready: true),
            new("two", Ready: true, Progress: new ModelProgress(ModelStage.Loading, "two", 0.5))];
        Assert.Equal(machines.Model.Checkpoints, (await machines.Web.Service.GetQueueStatusAsync(Cancel)).Checkpoints);
        var question = new Question(ConversationId.New(), "How many?", null, SamplingChoice.Greedy,
            Prompt: new PromptChoice(Checkpoint: "two"));
        (await machines.Web.Service
            .ReadAsync(_ann, await machines.Web.Service.StartAsync(_ann, question, Cancel), 1, Cancel).ToListAsync())
            .AssertWhole();
        Assert.Equal("two", machines.Model.Asked.Single().Prompt.Checkpoint);

        using var program = machines.Web.Program();
        var models = await program.GetFromJsonAsync<JsonObject>("/v1/models", Cancel);
        Assert.Equal(["Molmo", "two"], models!["data"]!.AsArray().Select(model => model!.AsObject().Text("id")));
        foreach (var (name, expected) in new[] { ("two", "two"), ("anything", null) })
        {
            var body = OpenAiCalls.Question();
            body["model"] = name;
            using var response = await program.AskAsync(body);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            await response.JsonAsync();
            Assert.Equal(expected, machines.Model.Asked.Last().Prompt.Checkpoint);
        }

        // Gone there meanwhile: the answer says so.
        machines.Model.Checkpoints = null;
        var events = await machines.Web.Service.ReadAsync(_ann, await machines.Web.Service.StartAsync(
            _ann, question with { Conversation = ConversationId.New() }, Cancel), 1, Cancel).ToListAsync();
        Assert.Contains("“two”", Words.Of(Assert.IsType<Failed>(events[^1]).Fact), StringComparison.Ordinal);
    }

    /// <summary>Waits until both answer.</summary>
    /// <returns>Name of the second.</returns>
    private static async Task<string> ReadyAsync(MolmoApplication app)
    {
        var checkpoints = app.Services.GetRequiredService<Checkpoints>();
        await checkpoints.First.Loaded.WaitAsync(Sequences.Hang, Cancel);
        await checkpoints.Second!.Loaded.WaitAsync(Sequences.Hang, Cancel);
        return checkpoints.Statuses![1].Name;
    }

    private async Task<Asked> StartAsync(
        MolmoApplication app, string text, ImageId? image, string? checkpoint, int tokens = ChatLimits.AnswerTokens)
    {
        var conversation = ConversationId.New();
        var prompt = checkpoint is null ? null : new PromptChoice(Checkpoint: checkpoint);
        var question = new Question(
            conversation, text, image, SamplingChoice.Greedy with { MaxTokens = tokens }, Prompt: prompt);
        return new Asked(
            await app.Services.GetRequiredService<IChatService>().StartAsync(_ann, question, Cancel), conversation);
    }

    private async Task<Made> ReadAsync(MolmoApplication app, Asked asked)
    {
        var events =
            await app.Services.GetRequiredService<IChatService>().ReadAsync(_ann, asked.Id, 1, Cancel).ToListAsync();
        events.AssertWhole();
        var stored =
            await app.Services.GetRequiredService<IConversationStore>().FindAsync(_ann, asked.Conversation, Cancel);
        var turn = stored!.Turns.Single(turn => turn.Id == asked.Id);
        return new Made(events.OfType<Started>().Single().Stamp, turn.Text, turn);
    }

    private sealed record Asked(GenerationId Id, ConversationId Conversation);

    private sealed record Made(EngineStamp Stamp, string Text, StoredTurn Turn);
}
