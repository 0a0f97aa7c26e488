using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Server.Chat.Remote;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Tests.Chat;

public class RemoteRoleTests
{
    private readonly VisitorId _ann = VisitorId.New();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answer_AboutAPicture_IsMirroredWithItsVerbatimText()
    {
        await using var machines = await Machines.StartAsync();
        machines.Model.Script = _ => ["One <point x=\"1", "0\" y=\"20\" alt=\"a \"", ">cat</po", "int> & <po"];
        var image = await machines.Web.AddImageAsync(_ann, 1);
        var conversation = ConversationId.New();
        var id = await machines.Web.Service.StartAsync(
            _ann, new Question(conversation, "How many?", image.Id, SamplingChoice.Greedy), Cancel);
        var events = await machines.Web.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();

        events.AssertWhole();
        Assert.Equal(new SentImage(image.Width, image.Height, 2, 10), events.OfType<Started>().Single().Sent);
        Assert.Equal(EndReason.Finished, Assert.IsType<Ended>(events[^1]).Reason);
        var turn = Assert.Single((await machines.Web.Service.FindAsync(_ann, conversation, Cancel))!.Turns);
        Assert.Equal("One <point x=\"10\" y=\"20\" alt=\"a \">cat</point> & <po", turn.Text);
        Assert.Equal(image.ContentHash, machines.Model.Asked.Single().Image!.ContentHash);

        // A follow-up carries the history; the picture is not sent again.
        var followUp = await machines.Web.Service.StartAsync(
            _ann, new Question(conversation, "Sure?", image.Id, SamplingChoice.Greedy), Cancel);
        await machines.Web.Service.ReadAsync(_ann, followUp, 1, Cancel).ToListAsync();
        Assert.Equal([new Turn("How many?", turn.Text)], machines.Model.Asked.Last().History);
        Assert.Single(Directory.GetFiles(Path.Combine(machines.Inference.Data, "pictures")));
    }

    [Fact]
    public async Task Answer_AskedInAnotherWay_IsAskedSoThere()
    {
        await using var machines = await Machines.StartAsync();
        var prompt = new PromptChoice("vqa2", 36, MayDropOldest: true);
        var id = await machines.Web.Service.StartAsync(
            _ann, Ask("How many?") with { Prompt = prompt, Sampling = new SamplingChoice(0.8, Seed: 7) }, Cancel);
        (await machines.Web.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync()).AssertWhole();
        var asked = machines.Model.Asked.Single();
        Assert.Equal((prompt, new SamplingChoice(0.8, Seed: 7)), (asked.Prompt, asked.Sampling));
    }

    [Fact]
    public async Task Answer_AboutARegion_IsAskedAndMappedThere()
    {
        await using var machines = await Machines.StartAsync();
        machines.Model.Script = _ => ["One <point x=\"1", "0\" y=\"20\" alt=\"a \"", ">cat</point>"];
        var image = await machines.Web.AddImageAsync(_ann, 1);
        var region = new ImageRegion(50, 0, 50, 50).OnPixelsOf(image.Width, image.Height);
        var conversation = ConversationId.New();
        var whole = await machines.Web.Service.StartAsync(
            _ann, new Question(conversation, "How many?", image.Id, SamplingChoice.Greedy), Cancel);
        await machines.Web.Service.ReadAsync(_ann, whole, 1, Cancel).ToListAsync();

        var id = await machines.Web.Service.StartAsync(
            _ann, new Question(conversation, "And here?", image.Id, SamplingChoice.Greedy, Region: region), Cancel);
        var events = await machines.Web.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();

        var asked = machines.Model.Asked.Last();
        Assert.Equal(region, asked.Region);
        // Coordinates of an answer about the whole picture would mean other places in the part.
        Assert.Empty(asked.History);
        Assert.Empty(events.OfType<Noted>());
        Assert.Equal(region.ToImage(new Molmo.Demo.Shared.Markup.ImagePoint(1, 10, 20)), events.OfType<PointFound>()
            .Select(point => new Molmo.Demo.Shared.Markup.ImagePoint(point.N, point.X, point.Y)).Single());
        Assert.Equal(region, (await machines.Web.Service.FindAsync(_ann, conversation, Cancel))!.Turns[^1].Region);
    }

    [Fact]
    public async Task Continue_AnswerCutInsideATag_GoesOnThereAndIsOneAnswerHere()
    {
        await using var machines = await Machines.StartAsync();
        machines.Model.Script = assignment => assignment.Written is null
            ? ["One <points x1=\"10\" y1", "=\"20\" x2=\"3"] : ["0\" y2=\"40\" alt=\"a\">b", "</points>."];
        var image = await machines.Web.AddImageAsync(_ann, 1);
        var conversation = ConversationId.New();
        var cut = await machines.Web.Service.StartAsync(
            _ann, new Question(conversation, "How many?", image.Id, new SamplingChoice(MaxTokens: 2)), Cancel);
        Assert.Equal(EndReason.Length, Assert
            .IsType<Ended>((await machines.Web.Service.ReadAsync(_ann, cut, 1, Cancel).ToListAsync())[^1]).Reason);

        var id = await machines.Web.Service.StartAsync(_ann,
            new Question(conversation, "x", image.Id, SamplingChoice.Greedy, Place: new TurnPlace(null, cut)), Cancel);
        var events = await machines.Web.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
        const string whole = "One <points x1=\"10\" y1=\"20\" x2=\"30\" y2=\"40\" alt=\"a\">b</points>.";
        events.AssertWhole();
        events.AssertShows(whole);
        Assert.Equal(whole, (await machines.Web.Service.FindAsync(_ann, conversation, Cancel))!.Turns
            .Single(turn => turn.Id == id).Text);
        Assert.Equal(events, await machines.Inference.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync());
        Assert.Equal(("How many?", "One <points x1=\"10\" y1=\"20\" x2=\"3"),
            (machines.Model.Asked.Last().Text, machines.Model.Asked.Last().Written!.Text));
    }

    [Slow]
    [Fact]
    public async Task Answer_NetworkCutAgainAndAgain_IsWholeAndEqual()
    {
        await using var machines = await Machines.StartAsync();
        var pieces = Enumerable.Range(0, 120)
            .Select(i => i % 6 == 0 ? $" <point x=\"{i % 100}\" y=\"5\" alt=\"a\">b</point>" : $" word{i}").ToList();
        machines.Model.Script = _ => pieces;
        machines.Model.BeforeStep = cancel => Task.Delay(10, cancel);
        var random = new Random(7);
        var conversation = ConversationId.New();
        var id = await machines.Web.Service.StartAsync(
            _ann, new Question(conversation, "Go", null, SamplingChoice.Greedy), Cancel);
        var reading = machines.Web.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
        while (!reading.IsCompleted)
        {
            machines.Network.CutAfter(random.Next(20, 3000));
            await Task.WhenAny(reading, Task.Delay(random.Next(20, 250), Cancel));
        }
        var events = await reading;

        events.AssertWhole();
        Assert.Equal(EndReason.Finished, Assert.IsType<Ended>(events[^1]).Reason);
        Assert.True(machines.Network.Connections > 2, "The network was not cut.");
        var there = await machines.Inference.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
        Assert.Equal(there, events);
        Assert.Equal(string.Concat(pieces),
            Assert.Single((await machines.Web.Service.FindAsync(_ann, conversation, Cancel))!.Turns).Text);
        Assert.Single(machines.Model.Asked);
    }

    [Fact]
    public async Task Answer_WebHostRestartsMidway_GoesOnWhereItWas()
    {
        await using var machines = await Machines.StartAsync();
        machines.Model.Script = _ => Enumerable.Range(0, 20).Select(i => $"{i} ");
        var gate = machines.Model.HoldSteps();
        var conversation = ConversationId.New();
        var id = await machines.Web.Service.StartAsync(
            _ann, new Question(conversation, "Count", null, SamplingChoice.Greedy), Cancel);
        gate.Release(5);
        await Sequences.UntilAsync(() => Text(machines.Web) == "0 1 2 3 4 ", "five words are there");
        await machines.RestartWebAsync(whileAway: () => gate.Release(5));
        Assert.False(Assert.Single((await machines.Web.Service.FindAsync(_ann, conversation, Cancel))!.Turns).IsEnded);
        gate.Release(100);
        var events = await machines.Web.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();

        events.AssertWhole();
        Assert.Equal(string.Concat(Enumerable.Range(0, 20).Select(i => $"{i} ")), events.Prose());
        Assert.Equal(EndReason.Finished, Assert.IsType<Ended>(events[^1]).Reason);
        Assert.Equal(events.Prose(), Text(machines.Web));
        Assert.Single(machines.Model.Asked);

        string Text(ChatApplication web)
            => web.Service.FindAsync(_ann, conversation, Cancel).Result!.Turns.Single().Text;
    }

    [Fact]
    public async Task Answer_InferenceHostRestartsMidway_IsKeptAndMarkedInterrupted()
    {
        await using var machines = await Machines.StartAsync();
        machines.Model.Script = _ => Enumerable.Range(0, 20).Select(i => $"{i} ");
        var gate = machines.Model.HoldSteps();
        var id = await machines.Web.Service.StartAsync(_ann, Ask("Count"), Cancel);
        var reading = machines.Web.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
        gate.Release(5);
        await Sequences.UntilAsync(() => machines.Model.Steps == 5, "five steps");
        await machines.StopInferenceAsync();
        await Sequences.UntilAsync(
            () => machines.Web.Service.GetQueueStatusAsync(Cancel).Result is { Ready: false, Fact: not null },
            "the status says that it is away");
        var refusal = await Assert.ThrowsAsync<ChatRefusedException>(
            () => machines.Web.Service.StartAsync(_ann, Ask("Now?"), Cancel));
        Assert.Equal(ChatFault.Unavailable, refusal.Fault);
        Assert.Equal(new MachineAway(), refusal.Fact);

        await machines.StartInferenceAsync();
        var events = await reading;
        events.AssertWhole();
        Assert.Equal("0 1 2 3 4 ", events.Prose());
        Assert.Equal(EndReason.Interrupted, Assert.IsType<Ended>(events[^1]).Reason);

        await Sequences.UntilAsync(() => machines.Web.Service.GetQueueStatusAsync(Cancel).Result.Ready, "it is back");
        gate.Release(100);
        var again = await machines.Web.Service.StartAsync(_ann, Ask("Count"), Cancel);
        Assert.Equal(EndReason.Finished, Assert
            .IsType<Ended>((await machines.Web.Service.ReadAsync(_ann, again, 1, Cancel).ToListAsync())[^1]).Reason);
    }

    [Fact]
    public async Task Answer_InferenceHostComesBackWithoutItsData_IsKeptAndMarkedInterrupted()
    {
        await using var machines = await Machines.StartAsync();
        var gate = machines.Model.HoldSteps();
        var id = await machines.Web.Service.StartAsync(_ann, Ask("Count"), Cancel);
        var reading = machines.Web.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
        gate.Release(1);
        await Sequences.UntilAsync(
            () => machines.Web.Service.Active.Any(job => job.Journal.Text == "One "), "a word is there");
        machines.Network.IsAway = true;
        machines.Network.Cut();
        await machines.StopInferenceAsync();
        machines.ForgetInferenceData();
        await machines.StartInferenceAsync();
        machines.Network.IsAway = false;
        var events = await reading;
        events.AssertWhole();
        Assert.Equal("One ", events.Prose());
        Assert.Equal(EndReason.Interrupted, Assert.IsType<Ended>(events[^1]).Reason);
    }

    [Fact]
    public async Task Stop_OnTheWebHost_FreesTheModelThere()
    {
        await using var machines = await Machines.StartAsync();
        machines.Model.Script = _ => Enumerable.Repeat("word ", 1000);
        var gate = machines.Model.HoldSteps();
        var id = await machines.Web.Service.StartAsync(_ann, Ask("Go"), Cancel);
        gate.Release(3);
        await Sequences.UntilAsync(() => machines.Model.Steps == 3, "three steps");
        await machines.Web.Service.StopAsync(_ann, id, Cancel);
        var events = await machines.Web.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
        events.AssertWhole();
        Assert.Equal("word word word ", events.Prose());
        Assert.Equal(EndReason.Stopped, Assert.IsType<Ended>(events[^1]).Reason);
        await Sequences.UntilAsync(() => machines.Model.Running == 0, "the model is free");
        Assert.Equal(3, machines.Model.Steps);
    }

    [Slow]
    [Fact]
    public async Task Stop_WhileTheMachineIsAway_EndsHereWithTheTextSoFar()
    {
        await using var machines = await Machines.StartAsync();
        var gate = machines.Model.HoldSteps();
        var id = await machines.Web.Service.StartAsync(_ann, Ask("Go"), Cancel);
        gate.Release(1);
        await Sequences.UntilAsync(
            () => machines.Web.Service.Active.Any(job => job.Journal.Text == "One "), "a word is there");
        machines.Network.IsAway = true;
        machines.Network.Cut();
        await machines.Web.Service.StopAsync(_ann, id, Cancel);
        var events = await machines.Web.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
        events.AssertWhole();
        Assert.Equal(EndReason.Stopped, Assert.IsType<Ended>(events[^1]).Reason);
    }

    [Fact]
    public async Task Queue_OnTheInferenceHost_TakesTurnsByVisitorAndTellsTheWebHost()
    {
        await using var machines = await Machines.StartAsync(inference: new MolmoOptions { MaxSequences = 1 });
        var gate = machines.Model.HoldSteps();
        var ben = VisitorId.New();
        var ids = new List<(VisitorId, GenerationId)>();
        foreach (var (visitor, text) in new[] { (_ann, "a1"), (_ann, "a2"), (_ann, "a3"), (ben, "b1") })
        {
            ids.Add((visitor, await machines.Web.Service.StartAsync(visitor, Ask(text), Cancel)));
            await Sequences.UntilAsync(
                () => machines.Inference.Service.GetQueueStatusAsync(Cancel).Result is { } there
                    && there.Running + there.Waiting == ids.Count,
                "it has its place");
            // A place that changes before it is told is told once: the first place must be on record before Ben takes
            // it.
            if (text == "a3") Assert.Equal([1], await PlacesAsync(1));
        }
        await Sequences.UntilAsync(
            () => machines.Web.Service.GetQueueStatusAsync(Cancel).Result is { Running: 1, Waiting: 3 },
            "one runs, three wait");
        Assert.Equal([1, 2], await PlacesAsync(2));
        gate.Release(100);
        foreach (var (visitor, id) in ids) (await machines.Web.Service.ReadAsync(visitor, id, 1, Cancel).ToListAsync())
            .AssertWhole();
        Assert.Equal(["a1", "a2", "b1", "a3"], machines.Model.Asked.Select(assignment => assignment.Text));

        async Task<IEnumerable<int>> PlacesAsync(int count)
            => (await machines.Web.Service.ReadAsync(_ann, ids[2].Item2, 1, Cancel).TakeAsync(count))
                .Cast<Queued>().Select(e => e.Position);
    }

    [Fact]
    public async Task Refusal_OfTheInferenceHost_ReachesThePersonAsASentence()
    {
        await using var machines = await Machines.StartAsync();
        machines.Model.Trouble = new EarlierWords("The weights are missing.");
        machines.Model.HasFailed = true;
        var id = await machines.Web.Service.StartAsync(_ann, Ask("Go"), Cancel);
        var failed =
            Assert.IsType<Failed>((await machines.Web.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync())[^1]);
        Assert.Equal(new EarlierWords("The weights are missing."), failed.Fact);
    }

    [Fact]
    public async Task Sweep_OldAnswersAndPictures_AreRemovedFromTheInferenceHost()
    {
        await using var machines = await Machines.StartAsync();
        var image = await machines.Web.AddImageAsync(_ann);
        var id = await machines.Web.Service.StartAsync(_ann, Ask("Go") with { Image = image.Id }, Cancel);
        await machines.Web.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
        await Sequences.UntilAsync(() => !machines.Inference.Service.Active.Any(), "it has ended");
        var services = machines.Inference.Services;
        await Sequences.UntilAsync(() =>
        {
            services.GetRequiredService<Server.Chat.ChatStore>().DeleteEndedBefore(DateTimeOffset.UtcNow.AddMinutes(1));
            return services.GetRequiredService<Server.Chat.ChatStore>().OwnerOf(id) is null;
        }, "the answer is removed");
        await services.GetRequiredService<ImageCache>().DeleteUnusedBefore(DateTimeOffset.UtcNow.AddMinutes(1), Cancel);
        Assert.Empty(Directory.GetFiles(Path.Combine(machines.Inference.Data, "pictures")));

        // The web host still has its answer, and sends the picture again when it is asked about.
        (await machines.Web.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync()).AssertWhole();
        var again = await machines.Web.Service.StartAsync(_ann, Ask("Go") with { Image = image.Id }, Cancel);
        Assert.IsType<Ended>((await machines.Web.Service.ReadAsync(_ann, again, 1, Cancel).ToListAsync())[^1]);
        Assert.NotNull(services.GetRequiredService<ImageFiles>());
    }

    private static Question Ask(string text) => new(ConversationId.New(), text, null, SamplingChoice.Greedy);
}
