namespace Molmo.Demo.Server.Tests.Chat;

public class GenerationServiceTests
{
    private readonly VisitorId _ann = VisitorId.New();
    private readonly VisitorId _ben = VisitorId.New();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_WithAPicture_StreamsAndStoresTheAnswer()
    {
        await using var chat = await ChatApplication.StartAsync();
        chat.Model.Script = _ => [
            "Counting the <points x1=\"10\" y", "1=\"20\" alt=\"cats\">ca", "ts</points> shows a total of 1."];
        var picture = await chat.AddImageAsync(_ann);
        var image = picture.Id;
        var conversation = ConversationId.New();
        var id = await chat.Service.StartAsync(_ann, Ask("  How many\ncats?  ", conversation, image), Cancel);
        var events = await chat.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();

        events.AssertWhole();
        Assert.Equal(new SentImage(picture.Width, picture.Height, 2, 10), Assert.IsType<Started>(events[0]).Sent);
        Assert.NotNull(((Started)events[0]).Stamp.Sampling.Seed);
        Assert.Equal("Counting the  shows a total of 1.", events.Prose());
        Assert.Equal((10d, 20d), events.OfType<PointFound>().Select(p => (p.X, p.Y)).Single());
        var end = Assert.IsType<Ended>(events[^1]);
        Assert.Equal((EndReason.Finished, new TokenUsage(7, 3)), (end.Reason, end.Usage));
        Assert.Equal(1.5, end.Timings.PreprocessMs);

        await StoredAsync(chat, id);
        Assert.Equal(events, await chat.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync());
        Assert.Equal(events.Skip(2), await chat.Service.ReadAsync(_ann, id, 3, Cancel).ToListAsync());
        var stored = await chat.Service.FindAsync(_ann, conversation, Cancel);
        Assert.Equal("How many cats?", stored!.Title);
        var turn = Assert.Single(stored.Turns);
        Assert.Equal(
            ("  How many\ncats?  ",
                "Counting the <points x1=\"10\" y1=\"20\" alt=\"cats\">cats</points> shows a total of 1.", true),
            (turn.Question, turn.Text, turn.IsEnded));
        Assert.Equal(picture, turn.Image);
        Assert.Null(await chat.Service.FindAsync(_ben, conversation, Cancel));
        Assert.Null(await chat.Service.FindAsync(_ann, new ConversationId("../etc"), Cancel));
    }

    public static TheoryData<string?, double, int, double, int, ChatFault> Wrong => new()
    {
        { null, 0, 0, 1, 10, ChatFault.Invalid },
        { "", 0, 0, 1, 10, ChatFault.Invalid },
        { " \n\t\u2003", 0, 0, 1, 10, ChatFault.Invalid },
        { new string('a', ChatLimits.PromptCharacters + 1), 0, 0, 1, 10, ChatFault.TooLong },
        { "half \ud83d of it", 0, 0, 1, 10, ChatFault.Invalid },
        { "x", -0.1, 0, 1, 10, ChatFault.Invalid },
        { "x", 2.1, 0, 1, 10, ChatFault.Invalid },
        { "x", double.NaN, 0, 1, 10, ChatFault.Invalid },
        { "x", 0, -1, 1, 10, ChatFault.Invalid },
        { "x", 0, 0, 0, 10, ChatFault.Invalid },
        { "x", 0, 0, 1.5, 10, ChatFault.Invalid },
        { "x", 0, 0, double.NaN, 10, ChatFault.Invalid },
        { "x", 0, 0, 1, 0, ChatFault.Invalid },
        { "x", 0, 0, 1, ChatLimits.AnswerTokens + 1, ChatFault.Invalid },
    };

    [Slow]
    [Theory, MemberData(nameof(Wrong))]
    public async Task Start_ArgumentsOutOfRange_IsRefusedWithASentence(
        string? text, double temperature, int topK, double topP, int maxTokens, ChatFault fault)
    {
        await using var chat = await ChatApplication.StartAsync();
        var question = new Question(
            ConversationId.New(), text!, null, new SamplingChoice(temperature, topK, topP, null, maxTokens));
        var refusal =
            await Assert.ThrowsAsync<ChatRefusedException>(() => chat.Service.StartAsync(_ann, question, Cancel));
        Assert.Equal(fault, refusal.Fault);
        Assert.EndsWith(".", Words.Of(refusal.Fact), StringComparison.Ordinal);
        Assert.Null(await chat.Service.FindAsync(_ann, question.Conversation, Cancel));
    }

    [Theory]
    [InlineData(0, 0, 50, 101, true)]
    [InlineData(0, 0, 0, 10, true)]
    [InlineData(double.NaN, 0, 10, 10, true)]
    [InlineData(0, 0, 50, 50, false)]
    public async Task Start_AboutAPartThatIsNoneOfAPicture_IsRefusedWithASentence(
        double x, double y, double width, double height, bool hasImage)
    {
        await using var chat = await ChatApplication.StartAsync();
        var image = (await chat.AddImageAsync(_ann)).Id;
        var question = new Question(ConversationId.New(), "Here?", hasImage ? image : null, SamplingChoice.Greedy,
            Region: new ImageRegion(x, y, width, height));
        var refusal =
            await Assert.ThrowsAsync<ChatRefusedException>(() => chat.Service.StartAsync(_ann, question, Cancel));
        Assert.Equal(ChatFault.Invalid, refusal.Fault);
        Assert.EndsWith("nothing was sent.", Words.Of(refusal.Fact), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Continue_AnswerAboutAPart_LeavesTheDotsWhereTheyWereShown()
    {
        await using var chat = await ChatApplication.StartAsync();
        chat.Model.Script = assignment => assignment.Written is null ? ["<points x1=\"10\" y1=\"20\" x2=\"3"]
            : ["0\" y2=\"40\" alt=\"a\">b</points>"];
        var picture = await chat.AddImageAsync(_ann);
        var region = new ImageRegion(50, 0, 50, 50).OnPixelsOf(picture.Width, picture.Height);
        var conversation = ConversationId.New();
        var cut = await chat.Service.StartAsync(_ann,
            new Question(conversation, "Here?", picture.Id, new SamplingChoice(MaxTokens: 1), Region: region), Cancel);
        var shown =
            Assert.Single((await chat.Service.ReadAsync(_ann, cut, 1, Cancel).ToListAsync()).OfType<PointFound>());

        var id = await chat.Service.StartAsync(
            _ann, new Question(conversation, "x", picture.Id, SamplingChoice.Greedy, Place: new TurnPlace(null, cut)),
            Cancel);
        var points = (await chat.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync())
            .OfType<PointFound>().Select(point => new ImagePoint(point.N, point.X, point.Y));

        Assert.Equal(new ImagePoint(1, shown.X, shown.Y), region.ToImage(new ImagePoint(1, 10, 20)));
        Assert.Equal([region.ToImage(new ImagePoint(1, 10, 20)), region.ToImage(new ImagePoint(2, 30, 40))], points);
    }

    [Fact]
    public async Task AnyCall_ForeignOrUnknownThings_AreUnknownAlike()
    {
        await using var chat = await ChatApplication.StartAsync();
        var picture = await chat.AddImageAsync(_ann);
        var image = picture.Id;
        var conversation = ConversationId.New();
        var id = await chat.Service.StartAsync(_ann, Ask("Mine?", conversation, image), Cancel);

        foreach (var generation
            in new[] { id, GenerationId.New(), new GenerationId(""), new GenerationId("' OR 1=1 --"), default })
        {
            await AssertUnknownAsync(() => chat.Service.ReadAsync(_ben, generation, 1, Cancel).ToListAsync());
            await AssertUnknownAsync(() => chat.Service.StopAsync(_ben, generation, Cancel));
        }
        await AssertUnknownAsync(() => chat.Service.StartAsync(_ben, Ask("Yours?", conversation), Cancel));
        await AssertUnknownAsync(() => chat.Service.StartAsync(_ben, Ask("Yours?", null, image), Cancel));
        await AssertUnknownAsync(() => chat.Service.StartAsync(_ann, Ask("What?", null, ImageId.New()), Cancel));
        await AssertUnknownAsync(() => chat.Service.StartAsync(_ann, Ask("What?", new ConversationId("x")), Cancel));
        Assert.Single(chat.Model.Asked);
    }

    [Fact]
    public async Task Start_FollowUps_GiveEndedTurnsAboutTheSamePicture()
    {
        await using var chat = await ChatApplication.StartAsync();
        chat.Model.Script = assignment => [$"To <{assignment.Text}>"];
        var conversation = ConversationId.New();
        var cats = (await chat.AddImageAsync(_ann, 1)).Id;
        var dogs = (await chat.AddImageAsync(_ann, 2)).Id;
        var catsAgain = (await chat.AddImageAsync(_ann, 1)).Id;
        await AnswerAsync(chat, Ask("1", conversation, cats));
        await AnswerAsync(chat, Ask("2", conversation, dogs));
        var events = await AnswerAsync(chat, Ask("3", conversation, catsAgain));
        var goesOn = await AnswerAsync(chat, Ask("4", conversation, cats));
        await AnswerAsync(chat, Ask("5", conversation));
        await AnswerAsync(chat, Ask("6", conversation, dogs) with { History = [new Turn("q", "a")] });

        var asked = chat.Model.Asked.ToList();
        Assert.Equal([], asked[1].History);
        Assert.Equal([new Turn("1", "To <1>")], asked[2].History);
        Assert.Equal([new Turn("1", "To <1>"), new Turn("3", "To <3>")], asked[3].History);
        Assert.Equal([], asked[4].History);
        Assert.Equal([new Turn("q", "a")], asked[5].History);
        // Said where the photo changes, not under every answer from then on.
        Assert.Equal(NoteCode.HistoryShortened, Assert.Single(events.OfType<Noted>()).Code);
        Assert.Empty(goesOn.OfType<Noted>());
    }

    [Fact]
    public async Task Start_HistoryDidNotFit_IsNoted()
    {
        await using var chat = await ChatApplication.StartAsync();
        chat.Model.UnsentTurns = 2;
        var note = Assert.Single((await AnswerAsync(chat, Ask("x"))).OfType<Noted>());
        Assert.Equal(NoteCode.HistoryShortened, note.Code);
        Assert.Contains("2", Words.Of(note), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_AskedInAnotherWay_ReachesTheModelAndIsKeptWithTheTurn()
    {
        await using var chat = await ChatApplication.StartAsync();
        var conversation = ConversationId.New();
        var prompt = new PromptChoice("long_caption_83", 36, MayDropOldest: true);
        await AnswerAsync(
            chat, Ask("1", conversation) with { Prompt = prompt, Sampling = new SamplingChoice(0.8, Seed: 7) });
        await AnswerAsync(chat, Ask("2", conversation) with { Sampling = new SamplingChoice(0.5) });

        var asked = chat.Model.Asked.ToList();
        Assert.Equal((prompt, PromptChoice.Plain), (asked[0].Prompt, asked[1].Prompt));
        // The model saw the tag, so the follow-up shows it again.
        Assert.Equal([new Turn("long_caption_83: 1", "One two three.")], asked[1].History);

        await chat.StopAsync();
        await using var next = await ChatApplication.StartAsync(data: chat.Data);
        var turns = (await next.Service.FindAsync(_ann, conversation, Cancel))!.Turns;
        Assert.Equal((prompt, new SamplingChoice(0.8, Seed: 7)), (turns[0].Prompt, turns[0].Sampling));
        // A drawn seed is the answer's, not the person's: asking again draws another.
        Assert.Equal((null, new SamplingChoice(0.5)), (turns[1].Prompt, turns[1].Sampling));
        Assert.NotNull(asked[1].Sampling.Seed);
    }

    [Fact]
    public async Task Start_RefusedAsTooLong_StoresNothing()
    {
        await using var chat = await ChatApplication.StartAsync();
        chat.Model.CheckFit = assignment =>
            throw new ChatRefusedException(ChatFault.ContextFull, new EarlierWords("Full."))
            {
                DropOldest = assignment.Text.Length
            };
        var question = Ask("four");
        var refusal =
            await Assert.ThrowsAsync<ChatRefusedException>(() => chat.Service.StartAsync(_ann, question, Cancel));
        Assert.Equal(4, refusal.DropOldest);
        Assert.Null(await chat.Service.FindAsync(_ann, question.Conversation, Cancel));
        Assert.Empty(chat.Service.Active);
    }

    [Fact]
    public async Task Start_CutInAnotherWay_IsNotedFirst()
    {
        await using var chat = await ChatApplication.StartAsync();
        chat.Model.CropWarning = new ManyCrops(30, 12);
        var events = await AnswerAsync(chat, Ask("x"));
        Assert.Equal(
            new Noted(2, NoteCode.ManyCrops, "") { Fact = new ManyCrops(30, 12) }, events.OfType<Noted>().Single());
    }

    [Fact]
    public async Task FindText_OwnAnswer_IsVerbatimWhileItGrowsAndAfterARestart()
    {
        await using var chat = await ChatApplication.StartAsync();
        chat.Model.Script = _ => [" A\r\n<points x1=\"1\" ", "y1=\"2\" alt=\"a\">b</points> \0 end "];
        var gate = chat.Model.HoldSteps();
        var id = await chat.Service.StartAsync(_ann, Ask("x"), Cancel);
        gate.Release(1);
        await Sequences.UntilAsync(
            () => chat.Service.FindTextAsync(_ann, id, Cancel).Result == " A\r\n<points x1=\"1\" ",
            "the first piece is there");
        gate.Release(10);
        await StoredAsync(chat, id);
        const string whole = " A\r\n<points x1=\"1\" y1=\"2\" alt=\"a\">b</points> \0 end ";
        Assert.Equal(whole, await chat.Service.FindTextAsync(_ann, id, Cancel));
        Assert.Null(await chat.Service.FindTextAsync(_ben, id, Cancel));
        Assert.Null(await chat.Service.FindTextAsync(_ann, new GenerationId("' OR 1=1 --"), Cancel));
        await chat.StopAsync();
        await using var next = await ChatApplication.StartAsync(data: chat.Data);
        Assert.Equal(whole, await next.Service.FindTextAsync(_ann, id, Cancel));
    }

    [Fact]
    public async Task Start_SameIdTwice_AsksOnce()
    {
        await using var chat = await ChatApplication.StartAsync();
        var id = GenerationId.New();
        var question = Ask("Once?");
        Assert.Equal(id, await chat.Service.StartAsync(id, _ann, question, default, Cancel));
        Assert.Equal(id, await chat.Service.StartAsync(id, _ann, question, default, Cancel));
        await AssertUnknownAsync(() => chat.Service.StartAsync(id, _ben, question, default, Cancel));
        await StoredAsync(chat, id);
        Assert.Equal(id, await chat.Service.StartAsync(id, _ann, question, default, Cancel));
        Assert.Single(chat.Model.Asked);
    }

    [Fact]
    public async Task Start_WhileTheConversationsAnswerRuns_IsRefused()
    {
        await using var chat = await ChatApplication.StartAsync();
        var gate = chat.Model.HoldSteps();
        var conversation = ConversationId.New();
        var id = await chat.Service.StartAsync(_ann, Ask("1", conversation), Cancel);
        // A double click: both at once, and again.
        var refusal = await Assert.ThrowsAsync<ChatRefusedException>(
            () => chat.Service.StartAsync(_ann, Ask("1", conversation), Cancel));
        Assert.Equal(ChatFault.VisitorLimit, refusal.Fault);
        gate.Release(100);
        await chat.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
        await AnswerAsync(chat, Ask("2", conversation));
    }

    [Fact]
    public async Task Start_LimitsReached_IsRefusedWithPlaceAndRetryAfter()
    {
        await using var chat =
            await ChatApplication.StartAsync(new MolmoOptions { MaxSequences = 1, MaxWaiting = 2, MaxPerVisitor = 2 });
        chat.Model.HoldSteps();
        await chat.Service.StartAsync(_ann, Ask("a1"), Cancel);
        await chat.Service.StartAsync(_ann, Ask("a2"), Cancel);
        var visitorLimit =
            await Assert.ThrowsAsync<ChatRefusedException>(() => chat.Service.StartAsync(_ann, Ask("a3"), Cancel));
        Assert.Equal(ChatFault.VisitorLimit, visitorLimit.Fault);

        var third = await chat.Service.StartAsync(_ben, Ask("b1"), Cancel);
        var full = await Assert.ThrowsAsync<ChatRefusedException>(
            () => chat.Service.StartAsync(VisitorId.New(), Ask("c1"), Cancel));
        Assert.Equal(ChatFault.Busy, full.Fault);
        Assert.NotNull(full.RetryAfter);
        Assert.Contains("number 3", Words.Of(full.Fact), StringComparison.Ordinal);
        Assert.Equal(2, (await chat.Service.GetQueueStatusAsync(Cancel)).Waiting);

        await chat.Service.StopAsync(_ben, third, Cancel);
        await chat.Service.ReadAsync(_ben, third, 1, Cancel).ToListAsync();
        await chat.Service.StartAsync(VisitorId.New(), Ask("c1"), Cancel);
    }

    private static Question Ask(string text, ConversationId? conversation = null, ImageId? image = null)
        => new(conversation ?? ConversationId.New(), text, image, SamplingChoice.Greedy);

    private async Task<List<GenerationEvent>> AnswerAsync(ChatApplication chat, Question question)
    {
        var id = await chat.Service.StartAsync(_ann, question, Cancel);
        return await chat.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
    }

    private static async Task AssertUnknownAsync(Func<Task> call)
        => Assert.Equal(ChatFault.Unknown, (await Assert.ThrowsAsync<ChatRefusedException>(call)).Fault);

    private static async Task StoredAsync(ChatApplication chat, GenerationId id)
    {
        using var connection = chat.Database.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT ended_at IS NOT NULL FROM generations WHERE id = $id";
        command.Parameters.AddWithValue("$id", id.Value);
        await Sequences.UntilAsync(() => (long)command.ExecuteScalar()! == 1, "the end is stored");
    }
}
