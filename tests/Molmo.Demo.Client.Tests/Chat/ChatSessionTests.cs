using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Fakes;

namespace Molmo.Demo.Client.Tests.Chat;

public class ChatSessionTests
{
    private readonly FakeChat _chat = new();
    private readonly FakeImages _images = new();
    private readonly VisitorId _visitor = VisitorId.New();

    [Fact]
    public Task Ask_WithoutPhoto_IsRefusedWithASentence() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        Assert.False(await session.AskAsync("How many?"));
        Assert.NotNull(session.Refusal);
        Assert.Empty(_chat.Questions);
    });

    [Fact]
    public Task Ask_Accepted_FollowsTheAnswerToItsEnd() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        var photo = await PlaceAsync(session);
        Assert.True(await session.AskAsync("How many dogs?"));
        var turn = Assert.Single(session.Turns);
        Assert.Equal((session.Id, "How many dogs?", photo.Id),
            (_chat.Questions[0].Conversation, _chat.Questions[0].Text, _chat.Questions[0].Image));
        Assert.Same(turn, session.Live);

        _chat.Last.Start().Text("There is ").Point(0, 1, 10, 20).EndGroup(0, "one dog", "dog").End();
        await OnPage.UntilAsync(() => session.Live is null);
        Assert.Equal("There is one dog", turn.Answer.CleanText);
        Assert.Equal(AnswerState.Done, turn.State);
        Assert.Equal(photo, turn.Image);
    });

    [Fact]
    public Task Photo_Placed_IsLookedAtOnceUntilAnotherOneOrTheEndOfThePage() => OnPage.RunAsync(async () =>
    {
        var session = Open();
        var photo = await PlaceAsync(session);
        Assert.True(await session.TakePhotoAsync(photo.Id));
        var first = Assert.Single(_chat.Looks);
        Assert.Equal((session.Id, photo.Id), (first.Conversation, first.Image));

        // The question takes what was looked at so far.
        Assert.True(await session.AskAsync("How many dogs?"));
        _chat.Last.Start().End();
        await OnPage.UntilAsync(() => session.Live is null);
        Assert.False(first.End.IsCancellationRequested);

        var other = await PlaceAsync(session);
        Assert.NotEqual(photo.Id, other.Id);
        Assert.True(first.End.IsCancellationRequested);
        Assert.Equal([photo.Id, other.Id], _chat.Looks.Select(look => look.Image));
        Assert.False(_chat.Looks[1].End.IsCancellationRequested);

        await session.DisposeAsync();
        Assert.True(_chat.Looks[1].End.IsCancellationRequested);
        Assert.Equal(2, _chat.Looks.Count);
    });

    [Fact]
    public Task Ask_RefusedByTheServer_SaysItsSentenceAndAddsNothing() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        await PlaceAsync(session);
        _chat.NextRefusal = new ChatRefusedException(ChatFault.Busy, new EarlierWords("The queue is full."));
        Assert.False(await session.AskAsync("How many dogs?"));
        Assert.Equal("The queue is full.", session.Refusal);
        Assert.Empty(session.Turns);

        Assert.True(await session.AskAsync("How many dogs?"));
        Assert.Null(session.Refusal);
    });

    [Fact]
    public Task Ask_WithAPartChosen_AsksAboutItOnceAndAgainOnlyWhereAskedAgain() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        await PlaceAsync(session);
        var region = new ImageRegion(10, 20, 30, 40);
        session.ChooseRegion(region);
        _chat.NextRefusal = new ChatRefusedException(ChatFault.Busy, new EarlierWords("The queue is full."));
        Assert.False(await session.AskAsync("Here?"));
        Assert.Equal(region, session.Region);
        _chat.Answering = (_, answer) => answer.Start().End();

        Assert.True(await session.AskAsync("Here?"));
        await OnPage.UntilAsync(() => session.Live is null);
        Assert.Null(session.Region);
        Assert.True(await session.AskAsync("And in all?"));
        await OnPage.UntilAsync(() => session.Live is null);
        Assert.True(await session.AskAgainAsync(session.Turns[0]));
        await OnPage.UntilAsync(() => session.Live is null);

        Assert.Equal([region, null, region], _chat.Questions.Select(question => question.Region));
        // Asked again, the first question has another version, below which nothing was asked yet.
        Assert.Equal([region], session.Turns.Select(turn => turn.Region));
    });

    [Fact]
    public Task AskAbout_WhileAnAnswerIsWritten_SaysWhyNotAndKeepsTheChosenPart() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        await PlaceAsync(session);
        Assert.True(await session.AskAsync("How many?"));
        session.ChooseRegion(new ImageRegion(0, 0, 50, 50));
        var around = new ImageRegion(40, 40, 20, 20);
        Assert.False(await session.AskAboutAsync(around, "What is this?"));
        Assert.Contains("still being written", session.Refusal, StringComparison.Ordinal);

        _chat.Last.Start().End();
        await OnPage.UntilAsync(() => session.Live is null);
        Assert.True(await session.AskAboutAsync(around, "What is this?"));
        Assert.Equal(around, _chat.Questions[^1].Region);
        Assert.Equal(new ImageRegion(0, 0, 50, 50), session.Region);

        // A part of one photo is none of another.
        await PlaceAsync(session);
        Assert.Null(session.Region);
    });

    [Fact]
    public Task Ask_TooLongOrEmpty_NeverReachesTheServer() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        await PlaceAsync(session);
        Assert.False(await session.AskAsync(new string('x', ChatLimits.PromptCharacters + 1)));
        Assert.Contains("4000", session.Refusal, StringComparison.Ordinal);
        Assert.False(await session.AskAsync(" \n "));
        Assert.Empty(_chat.Questions);
        Assert.True(await session.AskAsync(new string('x', ChatLimits.PromptCharacters)));
    });

    [Fact]
    public Task Ask_WhileAnAnswerIsWritten_IsNotSent() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        await PlaceAsync(session);
        await session.AskAsync("First?");
        Assert.False(await session.AskAsync("Second?"));
        Assert.Single(_chat.Questions);
    });

    [Fact]
    public Task Follow_ManyWords_ChangesOncePerTwoIntervals() => OnPage.RunAsync(async () =>
    {
        var time = new CountingTime();
        await using var session = Open(time);
        var turn = await AskedAsync(session);
        var changes = 0;
        turn.Changed += () => changes++;

        _chat.Last.Start();
        await OnPage.UntilAsync(() => changes == 1 && time.Waits == 1);
        for (var flush = 2; flush <= 6; flush++)
        {
            for (var i = 0; i < 200; i++) _chat.Last.Text("word ");
            // All of it has to be in the reader's hands before the clock moves, or it would count as the next flush.
            await OnPage.UntilAsync(() => _chat.Last.Delivered == 1 + ((flush - 1) * 200));
            Assert.Equal(flush - 1, changes);
            await PassAsync(time);
            if (flush > 2)
            {
                // The first words come at once, others gather as long again.
                Assert.Equal((flush - 1) * 1000, turn.Answer.CleanText.Length);
                Assert.Equal(flush - 1, changes);
                await PassAsync(time);
            }
            Assert.Equal((flush, flush - 1), (changes, turn.Answer.CleanText.Length / 1000));
        }
        _chat.Last.End();
        time.Advance(ChatTurn.FlushInterval);
        await OnPage.UntilAsync(() => !turn.IsLive);
    });

    [Fact]
    public Task Follow_PointAmongWords_ShowsAfterOneInterval() => OnPage.RunAsync(async () =>
    {
        var time = new CountingTime();
        await using var session = Open(time);
        var turn = await AskedAsync(session);
        var changes = 0;
        turn.Changed += () => changes++;
        _chat.Last.Start();
        await OnPage.UntilAsync(() => time.Waits == 1);
        _chat.Last.Text("There is");
        await OnPage.UntilAsync(() => _chat.Last.Delivered == 2);
        await PassAsync(time);
        Assert.NotEmpty(turn.Answer.Segments);
        var before = changes;

        _chat.Last.Text(" one ").Point(0, 1, 1, 2);
        await OnPage.UntilAsync(() => _chat.Last.Delivered == 4);
        time.Advance(ChatTurn.FlushInterval);

        await OnPage.UntilAsync(() => changes == before + 1);
        Assert.Equal(1, turn.Answer.PointCount);
        _chat.Last.EndGroup(0, "one", "").End();
        time.Advance(ChatTurn.FlushInterval);
        await OnPage.UntilAsync(() => !turn.IsLive);
    });

    [Fact]
    public Task Follow_StreamCut_ContinuesAfterTheLastEventWithoutLossOrDouble() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        var turn = await AskedAsync(session);
        _chat.Last.Start().Text("one ").Point(0, 1, 1, 2);
        await OnPage.UntilAsync(() => turn.Answer.LastSeq == 3);
        _chat.Last.Cut();
        await OnPage.UntilAsync(() => turn.IsCut);
        Assert.True(turn.IsLive);
        _chat.Last.Point(0, 2, 3, 4).EndGroup(0, "two", "").Text(" three").End();
        await OnPage.UntilAsync(() => !turn.IsLive);

        Assert.Equal("one two three", turn.Answer.CleanText);
        Assert.Equal(2, turn.Answer.PointCount);
        Assert.Equal([1, 4], _chat.Last.Reads);
        Assert.False(turn.IsCut);
    });

    [Fact]
    public Task Follow_AnswerUnknownToTheServer_FailsWithASentence() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        var conversation = new StoredConversation(
            ConversationId.New(), "?", [new StoredTurn(GenerationId.New(), "Where?", null, "", IsEnded: true)]);
        _chat.Store(conversation);
        Assert.True(await session.OpenAsync(conversation.Id));
        Assert.Equal(AnswerState.Failed, session.Turns[0].State);
        Assert.NotNull(session.Turns[0].Failure);
        Assert.Null(session.Live);
    });

    [Fact]
    public Task Open_StoredConversation_ShowsEndedAnswersAndFollowsTheRest() => OnPage.RunAsync(async () =>
    {
        var photo = _images.Add();
        var (first, second) = (GenerationId.New(), GenerationId.New());
        _chat.Add(first).Start().Text("Two.").End();
        var running = _chat.Add(second).Start().Text("Three and ");
        var id = ConversationId.New();
        _chat.Store(new StoredConversation(id, "Dogs", [
            new(first, "Dogs?", photo, "Two.", true), new(second, "Cats?", photo, "Three", false) { Parent = first }]));

        await using var session = Open();
        Assert.True(await session.OpenAsync(id));
        Assert.Equal(id, session.Id);
        Assert.Equal("Two.", session.Turns[0].Answer.CleanText);
        Assert.StartsWith("Three", session.Turns[1].Answer.CleanText, StringComparison.Ordinal);
        Assert.Equal((photo, session.Turns[1], session.Turns[1]), (session.Image, session.Shown, session.Live));
        running.Text("more.").End();
        await OnPage.UntilAsync(() => session.Live is null);
        Assert.Equal("Three and more.", session.Turns[1].Answer.CleanText);
    });

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("")]
    [InlineData("0123456789012345678901")]
    public Task Open_UnknownOrMalformedAddress_IsFalse(string address) => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        Assert.False(await session.OpenAsync(new ConversationId(address)));
        Assert.Empty(session.Turns);
    });

    [Fact]
    public Task TakePhoto_AfterAnAnswer_IsWhatTheNextQuestionIsAbout() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        var dogs = await PlaceAsync(session);
        await session.AskAsync("Dogs?");
        _chat.Last.Start().Text("Two.").End();
        await OnPage.UntilAsync(() => session.Live is null);

        var boats = await PlaceAsync(session);
        Assert.Equal((boats, null), (session.Image, session.Shown));
        await session.AskAsync("Boats?");
        Assert.Equal([dogs.Id, boats.Id], _chat.Questions.Select(question => question.Image!.Value));
        Assert.Equal([dogs, boats], session.Turns.Select(turn => turn.Image));

        session.Show(session.Turns[0]);
        Assert.Equal((dogs, session.Turns[0]), (session.Image, session.Shown));
    });

    [Fact]
    public Task TakePhoto_ForeignOrMalformed_IsRefused() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        Assert.False(await session.TakePhotoAsync(ImageId.New()));
        Assert.False(await session.TakePhotoAsync(new ImageId("<script>")));
        Assert.Null(session.Image);
        Assert.NotNull(session.Refusal);
    });

    [Fact]
    public Task TakeSample_OfTheGallery_PutsItOnTheStage() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        Assert.True(await session.TakeSampleAsync("scene-03.png"));
        Assert.Equal("scene-03.png", session.Image?.Name);
        Assert.False(await session.TakeSampleAsync("../appsettings.json"));
        Assert.Equal("scene-03.png", session.Image?.Name);
    });

    [Fact]
    public Task Stop_WhileWriting_KeepsWhatWasWritten() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        await PlaceAsync(session);
        await session.AskAsync("Tell me.");
        _chat.Last.Start().Text("Once upon");
        await OnPage.UntilAsync(() => session.Turns[0].Answer.LastSeq == 2);
        await session.StopAsync();
        await OnPage.UntilAsync(() => session.Live is null);
        Assert.Equal(EndReason.Stopped, session.Turns[0].Answer.Ended?.Reason);
        Assert.Equal("Once upon", session.Turns[0].Answer.CleanText);
    });

    [Fact]
    public Task AskAgain_OlderAnswer_AsksTheSameAboutTheSamePicture() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        var photo = await PlaceAsync(session);
        await session.AskAsync("Dogs?");
        _chat.Last.Fail("The model broke.");
        await OnPage.UntilAsync(() => session.Live is null);
        Assert.Equal("The model broke.", session.Turns[0].Failure);
        await PlaceAsync(session);
        Assert.True(await session.AskAgainAsync(session.Turns[0]));
        Assert.Equal(("Dogs?", photo.Id), (_chat.Questions[1].Text, _chat.Questions[1].Image));
        Assert.Equal(new TurnPlace(), _chat.Questions[1].Place);
        Assert.Equal((1, 2), session.VersionOf(Assert.Single(session.Turns)));
    });

    [Fact]
    public Task Edit_AnEarlierQuestion_MakesAVersionBesideItAboutItsPicture() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        var photo = await PlaceAsync(session);
        var (dogs, cats) = (await HearAsync(session, "Dogs?"), await HearAsync(session, "Cats?"));
        session.Edit(dogs);
        Assert.Same(dogs, session.Editing);
        var foxes = await HearAsync(session, "Foxes?");

        Assert.Null(session.Editing);
        Assert.Equal((new TurnPlace(), photo.Id), (_chat.Questions[^1].Place, _chat.Questions[^1].Image!.Value));
        Assert.Equal([foxes], session.Turns);
        Assert.Equal((1, 2), session.VersionOf(foxes));
        await session.ShowVersionAsync(foxes, -1);
        Assert.Equal([dogs, cats], session.Turns);
        Assert.Equal($"show {cats.Id}", _chat.Changes.Single());
        await session.ShowVersionAsync(dogs, -1);
        Assert.Equal([dogs, cats], session.Turns);

        var after = await HearAsync(session, "And birds?");
        Assert.Equal(new TurnPlace(cats.Id), _chat.Questions[^1].Place);
        Assert.Equal([dogs, cats, after], session.Turns);
    });

    [Fact]
    public Task Continue_AStoppedAnswer_TakesItsPlace() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        await PlaceAsync(session);
        await session.AskAsync("Tell me.");
        _chat.Last.Start().Text("Once upon");
        await OnPage.UntilAsync(() => session.Turns[0].Answer.LastSeq == 2);
        await session.StopAsync();
        await OnPage.UntilAsync(() => session.Live is null);
        var stopped = session.Turns[0];
        Assert.True(stopped.CanContinue);
        Assert.True(await session.ContinueAsync(stopped));
        Assert.Equal(
            ("Tell me.", new TurnPlace(null, stopped.Id)), (_chat.Questions[1].Text, _chat.Questions[1].Place));
        _chat.Last.Text("Once upon").Queue(0, 1).Start().Text(" a time.").End();
        await OnPage.UntilAsync(() => session.Live is null);
        var whole = Assert.Single(session.Turns);
        Assert.Equal(("Once upon a time.", false, (0, 1)),
            (whole.Answer.CleanText, whole.CanContinue, session.VersionOf(whole)));
    });

    [Fact]
    public Task Open_WithAVersionInTheAddress_ShowsThatOne() => OnPage.RunAsync(async () =>
    {
        var (dogs, cats, foxes) = (GenerationId.New(), GenerationId.New(), GenerationId.New());
        foreach (var id in new[] { dogs, cats, foxes }) _chat.Add(id).Start().Text("Two.").End();
        var stored = new StoredConversation(ConversationId.New(), "Pets", [new(dogs, "Dogs?", null, "Two.", true),
            new(cats, "Cats?", null, "Two.", true) { Parent = dogs }, new(foxes, "Foxes?", null, "Two.", true)], cats);
        _chat.Store(stored);
        await using var session = Open();
        await session.OpenAsync(stored.Id);
        Assert.Equal([dogs, cats], session.Turns.Select(turn => turn.Id));
        await using var other = Open();
        await other.OpenAsync(stored.Id, foxes);
        Assert.Equal([foxes], other.Turns.Select(turn => turn.Id));
        await using var named = Open();
        await named.OpenAsync(stored.Id, dogs);
        Assert.Equal([dogs, cats], named.Turns.Select(turn => turn.Id));
        Assert.Equal(dogs, named.Shown?.Id);
        await using var wrong = Open();
        await wrong.OpenAsync(stored.Id, GenerationId.New());
        Assert.Equal([dogs, cats], wrong.Turns.Select(turn => turn.Id));
    });

    [Fact]
    public Task Open_Privately_HoldsItWhileThePageIsThereAndAsksPrivately() => OnPage.RunAsync(async () =>
    {
        var stored = new StoredConversation(ConversationId.New(), "", [], IsPrivate: true);
        _chat.Store(stored);
        var privates = new FakePrivateChats(_images);
        var session = new ChatSession(_chat, _chat, _images, TimeProvider.System, _visitor, privates);
        Assert.True(await session.OpenAsync(stored.Id));
        Assert.Equal(1, privates.Holds);
        Assert.True(await session.TakeSampleAsync("scene-03.png"));
        Assert.Equal("scene-03.png", Assert.Single(privates.Samples));
        await HearAsync(session, "Dogs?");
        Assert.True(_chat.Questions.Single().Place!.IsPrivate);
        privates.Ended.Add(session.Id);
        await session.DisposeAsync();
        Assert.Equal(0, privates.Holds);
        await using var again = new ChatSession(_chat, _chat, _images, TimeProvider.System, _visitor, privates);
        Assert.False(await again.OpenAsync(stored.Id));
    });

    [Fact]
    public Task Dispose_WhileWriting_LeavesTheAnswerRunning() => OnPage.RunAsync(async () =>
    {
        var session = Open();
        await PlaceAsync(session);
        await session.AskAsync("Tell me.");
        await session.DisposeAsync();
        _chat.Last.Start().Text("still here").End();
        Assert.DoesNotContain(session.Turns[0].Answer.Segments, segment => segment is TextSegment);
    });

    [Fact]
    public Task Follow_MachineOfTheModelAway_SaysSoUntilItIsBack() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        await PlaceAsync(session);
        await session.AskAsync("How many?");
        _chat.Last.Start().Text("One");
        _chat.Status = new QueueStatus(0, 0, null, Ready: false, new MachineAway());
        await OnPage.UntilAsync(() => session.Turns[0].IsCut);
        _chat.Status = new QueueStatus(0, 0, null, Ready: true, null);
        await OnPage.UntilAsync(() => !session.Turns[0].IsCut);
        _chat.Status = new QueueStatus(0, 0, null, Ready: false, new LoadingModel());
        await Task.Delay(1100, TestContext.Current.CancellationToken);
        Assert.False(session.Turns[0].IsCut);
        _chat.Last.End();
    });

    private ChatSession Open(TimeProvider? time = null)
        => new(_chat, _chat, _images, time ?? TimeProvider.System, _visitor);

    private async Task<ChatTurn> HearAsync(ChatSession session, string question)
    {
        Assert.True(await session.AskAsync(question));
        _chat.Last.Start().Text("Two.").End();
        await OnPage.UntilAsync(() => session.Live is null);
        return session.Turns[^1];
    }

    /// <summary>One interval, to where the page waits for the next.</summary>
    private static Task PassAsync(CountingTime time)
    {
        var waits = time.Waits;
        time.Advance(ChatTurn.FlushInterval);
        return OnPage.UntilAsync(() => time.Waits == waits + 1);
    }

    /// <summary>A question about a photo whose answer has not begun.</summary>
    private async Task<ChatTurn> AskedAsync(ChatSession session)
    {
        await PlaceAsync(session);
        Assert.True(await session.AskAsync("Tell me everything."));
        return session.Turns[0];
    }

    private async Task<ImageInfo> PlaceAsync(ChatSession session)
    {
        var photo = _images.Add();
        Assert.True(await session.TakePhotoAsync(photo.Id));
        return photo;
    }
}
