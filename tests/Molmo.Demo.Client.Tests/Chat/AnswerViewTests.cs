using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Tests.Chat;

public class AnswerViewTests : PageTest
{
    private const string Asking = "[data-testid=ask-again], [data-testid=continue]";

    [Fact]
    public async Task Render_Queued_SaysHowManyAreAhead()
    {
        var (view, _) = await ShowAsync(answer => answer.Queue(3, 40), 1);
        Assert.Equal("queued", view.Test("answer").GetAttribute("data-state"));
        var waiting = view.Test("queue-position").TextContent;
        Assert.Contains("3 people are ahead of you", waiting, StringComparison.Ordinal);
        Assert.Contains("It takes about 40 seconds. You can close this tab", waiting, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LeaveTheQueue_Clicked_Stops()
    {
        var stopped = 0;
        var (view, _) = await ShowAsync(answer => answer.Queue(3, 40), 1,
            parameters => parameters.Add(answer => answer.OnStop, () => stopped++));
        view.Test("leave-queue").Click();
        view.WaitForAssertion(() => Assert.Equal(1, stopped));
    }

    [Fact]
    public async Task Render_Streaming_ShowsProseAndChipWithCountBeforeTheTagCloses()
    {
        var (view, _) = await ShowAsync(
            answer => answer.Start().Text("Counting the ").Point(0, 1, 1, 2).Point(0, 2, 3, 4), 4);
        Assert.Equal("streaming", view.Test("answer").GetAttribute("data-state"));
        var chip = view.One("[data-chip='0']");
        Assert.Equal(("button", "dots"), (chip.LocalName, chip.GetAttribute("aria-controls")));
        Assert.Equal("2 dots so far", view.Test("figure").TextContent.Trim());
        Assert.Equal("true", view.Test("figure").GetAttribute("aria-hidden"));
        Assert.Equal("Writing", view.Test("answer-place").TextContent);
        Assert.Equal(3, view.FindAll(".lens").Count);   // the last is for the dot to come
    }

    [Fact]
    public async Task Render_Done_ShowsTextAndInlineTextsButNoMarkup()
    {
        var (view, turn) = await ShowAsync(
            answer => answer.Start().Text("Counting the\n")
                .Point(0, 1, 1, 2).EndGroup(0, "dogs", "white dogs").Text(" <b>ends</b>.").End(),
            6);
        var answer = view.Test("answer");
        Assert.Equal(("done", "finished"), (answer.GetAttribute("data-state"), answer.GetAttribute("data-end-reason")));
        Assert.Equal("Counting the\ndogs 1 <b>ends</b>.", view.One(".words").TextContent.Trim());
        // What it took is in the details.
        Assert.DoesNotContain("0.9 s", view.Words(), StringComparison.Ordinal);
        Assert.Equal("1 dog", view.Test("figure").TextContent.Trim());
        Assert.NotEmpty(view.FindAll("[data-copy]"));
        Assert.Equal("Counting the\ndogs <b>ends</b>.", turn.Answer.CleanText);
    }

    [Theory]
    [InlineData(EndReason.Stopped, "done", "stopped")]
    [InlineData(EndReason.Length, "done", "length")]
    [InlineData(EndReason.Interrupted, "interrupted", "interrupted")]
    public async Task Render_EndedEarly_SaysWhyAndOffersToTryAgain(EndReason reason, string state, string handle)
    {
        var (view, _) = await ShowAsync(answer => answer.Start().Text("Once").End(reason), 3);
        var answer = view.Test("answer");
        Assert.Equal((state, handle), (answer.GetAttribute("data-state"), answer.GetAttribute("data-end-reason")));
        Assert.Contains(AnswerWords.Ending(reason, 0)!, view.Words(), StringComparison.Ordinal);
        view.Test("continue");
        view.Test("ask-again");
    }

    [Fact]
    public async Task Render_Failed_ShowsTheSentenceAsAnAlert()
    {
        var (view, _) = await ShowAsync(
            answer => answer.Start().Text("Half").Fail("The model stopped. The text so far is kept."), 3);
        Assert.Equal("failed", view.Test("answer").GetAttribute("data-state"));
        var error = view.Test("error");
        Assert.Equal(
            ("alert", "The model stopped. The text so far is kept."), (error.GetAttribute("role"), error.TextContent));
        Assert.Equal("Try again", view.Test("ask-again").TextContent);
    }

    [Fact]
    public async Task AskAgain_Clicked_NamesTheTurn()
    {
        ChatTurn? asked = null;
        var (view, turn) = await ShowAsync(answer => answer.Start().End(EndReason.Stopped), 2,
            parameters => parameters.Add(answer => answer.OnAskAgain, again => asked = again));
        view.One("[title='Ask the same again']").Click();
        Assert.Same(turn, asked);
    }

    [Fact]
    public async Task Show_Clicked_NamesTheTurn()
    {
        ChatTurn? shown = null;
        var (view, turn) = await ShowAsync(answer => answer.Start().Text("Two.").End(), 3,
            parameters => parameters.Add(answer => answer.OnShow, chosen => shown = chosen), isShown: false);
        view.One("[title='Show its photo and dots']").Click();
        Assert.Same(turn, shown);
    }

    [Fact]
    public async Task Continue_Clicked_NamesTheTurn()
    {
        var asked = new List<(string, ChatTurn)>();
        var (view, turn) = await ShowAsync(answer => answer.Start().Text("Once").End(EndReason.Length), 3,
            parameters => parameters.Add(answer => answer.OnContinue, on => asked.Add(("continue", on)))
                .Add(answer => answer.OnShow, shown => asked.Add(("show", shown))),
            isShown: false);
        view.Test("continue").Click();
        // A button within the answer does not show its photo as well.
        Assert.Equal([("continue", turn)], asked);
        view.Test("answer").Click();
        Assert.Equal(("show", turn), asked[^1]);
    }

    [Fact]
    public async Task AskWithoutOldest_ConversationFull_NamesTheTurnAndOffersAFreshChat()
    {
        ChatTurn? asked = null;
        var (view, turn) = await ShowAsync(
            answer => answer.Start()
                .Write(seq => new Failed(seq, Failed.ContextFull, new EarlierWords("It no longer fits."), true, 2)),
            2, parameters => parameters.Add(answer => answer.OnAskWithoutOldest, again => asked = again));
        Assert.Equal($"/?photo={turn.Image!.Id}&q=How%20many%20dogs%3F", view.Test("fresh").GetAttribute("href"));
        view.Test("without-oldest").Click();
        Assert.Same(turn, asked);
    }

    [Fact]
    public async Task Inspect_Clicked_OpensAndClosesTheViews()
    {
        var (view, _) = await ShowAsync(answer => answer.Start().Text("Two.").End(), 3,
            parameters => parameters.Add(answer => answer.ReadText, _ => Task.FromResult<string?>("Two.")));
        Assert.Empty(view.FindComponents<AnswerViews>());
        view.Test("inspect").Click();
        Assert.Equal("true", view.Test("inspect").GetAttribute("aria-expanded"));
        Assert.Single(view.FindComponents<AnswerViews>());
        view.Test("inspect").Click();
        Assert.Empty(view.FindComponents<AnswerViews>());
    }

    [Fact]
    public async Task Actions_WhileAnotherAnswerIsWritten_DoNotAsk()
    {
        var (view, _) = await ShowAsync(answer => answer.Start().Text("Once").End(EndReason.Stopped), 3);
        Assert.Equal([null, null], view.FindAll(Asking).Values("disabled"));
        view.Render(parameters => parameters.Add(answer => answer.CanAskAgain, false));
        // They stay where they are, so that nothing moves.
        Assert.Equal(["", ""], view.FindAll(Asking).Values("disabled"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Render_CheckedAnswer_SaysWhetherTheCheckIsKept(bool isPrivate)
    {
        var (view, turn) = await ShowAsync(answer => answer.Start().Text("Two.").End(), 3,
            parameters => parameters.Add(answer => answer.IsPrivate, isPrivate));
        Assert.Empty(view.Tests("audit-unkept"));

        await view.InvokeAsync(() => turn.SetAudit(Audit.Empty.AddMissed(0, 10, 10)));

        view.Test("audit");
        Assert.Equal(isPrivate ? 1 : 0, view.Tests("audit-unkept").Count);
    }

    [Fact]
    public void Render_StorageFailsAndWorksAgain_SaysSoAndTakesItBack()
    {
        Keeping.Fault = StorageFault.Full;
        var turn = new ChatTurn(GenerationId.New(), "How many dogs?", Images.Add());
        var view = Render<AnswerView>(parameters => parameters.Add(answer => answer.Turn, turn));
        Assert.Contains("storage is full", view.Test("not-kept").TextContent, StringComparison.Ordinal);
        Assert.Equal("status", view.Test("not-kept").ParentElement!.GetAttribute("role"));

        Keeping.Fault = StorageFault.Locked;
        view.WaitForAssertion(() =>
            Assert.Contains("another program holds", view.Test("not-kept").TextContent, StringComparison.Ordinal));

        Keeping.Fault = null;
        view.WaitForAssertion(() => Assert.Empty(view.Tests("not-kept")));
    }

    [Fact]
    public void Render_PrivateWhileTheStorageFails_SaysNothingOfKeeping()
    {
        Keeping.Fault = StorageFault.Full;
        var turn = new ChatTurn(GenerationId.New(), "How many dogs?", Images.Add());
        var view = Render<AnswerView>(
            parameters => parameters.Add(answer => answer.Turn, turn).Add(answer => answer.IsPrivate, true));
        Assert.Empty(view.Tests("not-kept"));
    }

    [Fact]
    public async Task Render_NotTheOpenOne_SettlesAndOpensByItsFigure()
    {
        var wishes = new List<(string, bool)>();
        var (view, turn) = await ShowAsync(Two, 6,
            parameters => parameters.Add(answer => answer.OnShow, _ => wishes.Add(("open", true)))
                .Add(answer => answer.OnShowToo, wish => wishes.Add(("too", wish.IsShown)))
                .Add(answer => answer.Look, 2), isShown: false);

        Assert.Equal("true", view.Test("answer").GetAttribute("data-settled"));
        Assert.Equal("2 dogs", view.Test("figure").TextContent.Trim());
        Assert.Empty(view.Tests("lenses"));
        Assert.Empty(view.Tests("check-count"));
        // Its words are still there for who copies or prints them.
        Assert.Contains("Counting the", view.One(".words").TextContent, StringComparison.Ordinal);
        var place = view.Test("answer-place");
        Assert.Equal(("Show on photo", "false"),
            (place.TextContent, view.Test("show-too").GetAttribute("aria-pressed")));
        Assert.Contains("g3 diamond", place.GetAttribute("class"), StringComparison.Ordinal);

        view.Test("show-too").Click();
        view.Test("show-alone").Click();
        view.Test("open-answer").Click();
        Assert.Equal([("too", true), ("open", true), ("open", true)], wishes);

        view.Render(parameters => parameters.Add(answer => answer.IsShownToo, true));
        Assert.Equal(("Shown too", "true"), (view.Test("answer-place").TextContent,
            view.Test("show-too").GetAttribute("aria-pressed")));
        view.Test("show-too").Click();
        Assert.Equal(("too", false), wishes[^1]);

        view.Render(parameters => parameters.Add(answer => answer.IsShown, true));
        Assert.Null(view.Test("answer").GetAttribute("data-settled"));
        Assert.Equal("On the photo", view.Test("answer-place").TextContent);
        Assert.Equal(["2"], view.Tests("lens").Skip(1).Values("data-n"));
        Assert.Same(turn, view.Instance.Turn);
    }

    [Fact]
    public async Task Render_Checked_ShowsWhatThePersonFound()
    {
        var (view, turn) = await ShowAsync(Two, 6);
        Assert.Equal("Check the count", view.Test("check-count").TextContent);
        Assert.Empty(view.Tests("verdict"));

        await view.InvokeAsync(() => turn.SetAudit(Audit.Empty
            .Judge(0, 1, DotVerdict.Right).Judge(0, 2, DotVerdict.Right).AddMissed(0, 10, 10)));

        Assert.Equal("3 dogs", view.Test("figure").TextContent.Trim());
        Assert.Equal("Your check", view.Test("verdict").TextContent);
        Assert.Equal("The model said 2. You found 1 more.", view.Test("correction").TextContent);
        Assert.Equal("true", view.One(".prose").GetAttribute("data-corrected"));
        Assert.Equal(2, view.FindAll("[data-testid=lens] .said").Count);
        Assert.Equal("Added by you", view.Test("lens-missed").GetAttribute("aria-label"));
        Assert.Equal("Check again", view.Test("check-count").TextContent);
        Assert.Empty(view.Tests("agreement"));
    }

    [Fact]
    public async Task Render_CheckUnderWay_OffersToEndIt()
    {
        var (view, _) = await ShowAsync(Two, 6, parameters => parameters.Add(answer => answer.IsChecking, true));
        Assert.Equal("Done checking", view.Test("check-count").TextContent);
    }

    [Fact]
    public async Task Render_AnswerInWords_StaysOpen()
    {
        var (view, _) = await ShowAsync(answer => answer.Start().Text("A quiet street.").End(), 3, isShown: false);
        view.Render(parameters => parameters.Add(answer => answer.IsNewest, false));
        Assert.Null(view.Test("answer").GetAttribute("data-settled"));
        Assert.Empty(view.FindAll("[data-testid=figure], [data-testid=lenses], [data-testid=check-count]"));
        view.Test("acts");
    }

    [Fact]
    public async Task Render_NoneAndNotTheNewest_SettlesToItsFigure()
    {
        var (view, _) = await ShowAsync(answer => answer.Start().Text("There are none.").End(), 3, isShown: false);
        Assert.Null(view.Test("answer").GetAttribute("data-settled"));
        view.Render(parameters => parameters.Add(answer => answer.IsNewest, false));
        Assert.Equal("true", view.Test("answer").GetAttribute("data-settled"));
        Assert.Equal("None", view.Test("open-answer").TextContent.Trim());
        Assert.Empty(view.Tests("acts"));
    }

    [Fact]
    public async Task Render_LookingAndWriting_KeepsThePlaceOfWhatComes()
    {
        var (view, _) = await ShowAsync(answer => answer.Start(), 1);
        Assert.Contains("Looking at the photo", view.Words(), StringComparison.Ordinal);
        Assert.Equal("true", view.Test("answer").GetAttribute("aria-busy"));
        Assert.Empty(view.Test("acts").Children);
    }

    [Fact]
    public async Task Thumb_PressedAndPressedAgain_RatesAndTakesItBack()
    {
        var rated = new List<Rating?>();
        var (view, turn) = await ShowAsync(Two, 6, parameters => parameters.Add(answer => answer.OnRate, wish =>
        {
            rated.Add(wish.Rating);
            wish.Turn.SetRating(wish.Rating);
        }));
        Assert.Equal("Good answer", view.Test("thumb-up").GetAttribute("title"));
        Assert.Equal(("false", "false"), Pressed());
        view.Test("thumb-down").Click();
        view.WaitForAssertion(() => Assert.Equal(("false", "true"), Pressed()));
        view.Test("thumb-up").Click();
        view.WaitForAssertion(() => Assert.Equal(("true", "false"), Pressed()));
        Assert.Contains("\"rating\": \"good\"", Json(), StringComparison.Ordinal);
        view.Test("thumb-up").Click();
        view.WaitForAssertion(() => Assert.Equal(("false", "false"), Pressed()));
        Assert.DoesNotContain("rating", Json(), StringComparison.Ordinal);
        Assert.Equal([Rating.Bad, Rating.Good, null], rated);

        (string?, string?) Pressed() => (view.Test("thumb-up").GetAttribute("aria-pressed"),
            view.Test("thumb-down").GetAttribute("aria-pressed"));
        string Json() => Render<AnswerViews>(given => given.Add(views => views.Turn, turn)
            .Add(views => views.Start, "json")
            .Add(views => views.ReadText, _ => Task.FromResult<string?>("Two."))).Find("pre code").TextContent;
    }

    private static void Two(FakeAnswer answer) => answer.Start().Text("Counting the ")
        .Point(0, 1, 1, 2).Point(0, 2, 3, 4).EndGroup(0, "dogs", "white dogs").End();

    /// <summary>
    /// A view that has been there since before the first event, once it has rendered that many events.
    /// </summary>
    private async Task<(IRenderedComponent<AnswerView> View, ChatTurn Turn)> ShowAsync(
        Action<FakeAnswer> write, long events,
        Action<ComponentParameterCollectionBuilder<AnswerView>>? parameters = null, bool isShown = true)
    {
        var session = OpenSession();
        await OnPageAsync(async () =>
        {
            await session.TakePhotoAsync(Images.Add().Id);
            await session.AskAsync("How many dogs?");
        });
        var turn = session.Turns[0];
        var view = Render<AnswerView>(given =>
        {
            given.Add(answer => answer.Turn, turn).Add(answer => answer.IsNewest, true)
                .Add(answer => answer.CanAskAgain, true).Add(answer => answer.IsShown, isShown);
            parameters?.Invoke(given);
        });
        // Heard after the view has.
        var rendered = 0L;
        turn.Changed += () => rendered = turn.Answer.LastSeq;
        write(Chat.Last);
        await OnPage.UntilAsync(() => rendered == events);
        return (view, turn);
    }
}
