using Microsoft.AspNetCore.Components;
using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Audits;
using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Client.Tests.Chat;

public class AnswerViewTests
{
    private readonly FakeChat _chat = new();
    private readonly FakeImages _images = new();

    [Fact]
    public async Task Render_Queued_SaysHowManyAreAhead()
    {
        var (renderer, _) = await ShowAsync(answer => answer.Queue(3, 40), 1);
        var elements = await renderer.ElementsAsync();
        Assert.Equal("queued", Answer(elements)["data-state"]);
        Assert.Contains("3 people are ahead of you, about 40 seconds", elements.Single(e => e["data-testid"] == "queue-position").Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Render_Streaming_ShowsProseAndChipWithCountBeforeTheTagCloses()
    {
        var (renderer, _) = await ShowAsync(answer => answer.Start().Text("Counting the ").Point(0, 1, 1, 2).Point(0, 2, 3, 4), 4);
        var elements = await renderer.ElementsAsync();
        Assert.Equal("streaming", Answer(elements)["data-state"]);
        var chip = elements.Single(e => e["data-chip"] == "0");
        Assert.Equal(("button", "dots"), (chip.Name, chip["aria-controls"]));
        Assert.Contains("writing · 2 dots so far", HtmlElement.TextOf(await renderer.HtmlAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Render_Done_ShowsTextInlineTextsTimeAndTokensButNoMarkup()
    {
        var (renderer, turn) = await ShowAsync(answer => answer.Start().Text("Counting the\n").Point(0, 1, 1, 2).EndGroup(0, "dogs", "white dogs").Text(" <b>ends</b>.").End(), 6);
        var html = await renderer.HtmlAsync();
        var elements = HtmlElement.Read(html);
        var answer = Answer(elements);
        Assert.Equal(("done", "finished"), (answer["data-state"], answer["data-end-reason"]));
        var words = html[html.IndexOf("<div class=\"words\"", StringComparison.Ordinal)..html.IndexOf("</p>", StringComparison.Ordinal)];
        Assert.Equal("Counting the\ndogs 1 <b>ends</b>.", HtmlElement.TextOf(words).Trim());
        Assert.Contains("0.9 s · 41 tokens", HtmlElement.TextOf(html), StringComparison.Ordinal);
        Assert.Contains(elements, e => e.Attributes.ContainsKey("data-copy"));
        Assert.Equal("Counting the\ndogs <b>ends</b>.", turn.Answer.CleanText);
    }

    [Theory]
    [InlineData(EndReason.Stopped, "done", "stopped")]
    [InlineData(EndReason.Length, "done", "length")]
    [InlineData(EndReason.Interrupted, "interrupted", "interrupted")]
    public async Task Render_EndedEarly_SaysWhyAndOffersToTryAgain(EndReason reason, string state, string handle)
    {
        var (renderer, _) = await ShowAsync(answer => answer.Start().Text("Once").End(reason), 3);
        var html = await renderer.HtmlAsync();
        var answer = Answer(HtmlElement.Read(html));
        Assert.Equal((state, handle), (answer["data-state"], answer["data-end-reason"]));
        Assert.Contains(AnswerWords.Ending(reason, 0)!, HtmlElement.TextOf(html), StringComparison.Ordinal);
        Assert.Contains("Try again", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Render_Failed_ShowsTheSentenceAsAnAlert()
    {
        var (renderer, _) = await ShowAsync(answer => answer.Start().Text("Half").Fail("The model stopped. The text so far is kept."), 3);
        var elements = await renderer.ElementsAsync();
        Assert.Equal("failed", Answer(elements)["data-state"]);
        var error = elements.Single(e => e["data-testid"] == "error");
        Assert.Equal(("alert", "The model stopped. The text so far is kept."), (error["role"], error.Text));
    }

    [Fact]
    public async Task AskAgain_Clicked_NamesTheTurn()
    {
        ChatTurn? asked = null;
        var (renderer, turn) = await ShowAsync(answer => answer.Start().End(EndReason.Stopped), 2,
            (nameof(AnswerView.OnAskAgain), EventCallback.Factory.Create<ChatTurn>(this, again => asked = again)));
        await renderer.ClickAsync("title", "Ask the same again");
        Assert.Same(turn, asked);
    }

    [Fact]
    public async Task Show_Clicked_NamesTheTurn()
    {
        ChatTurn? shown = null;
        var (renderer, turn) = await ShowAsync(answer => answer.Start().Text("Two.").End(), 3,
            (nameof(AnswerView.IsShown), false), (nameof(AnswerView.OnShow), EventCallback.Factory.Create<ChatTurn>(this, chosen => shown = chosen)));
        await renderer.ClickAsync("title", "Show its photo and dots");
        Assert.Same(turn, shown);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Render_CheckedAnswer_SaysWhetherTheCheckIsKept(bool isPrivate)
    {
        var (renderer, turn) = await ShowAsync(answer => answer.Start().Text("Two.").End(), 3, (nameof(AnswerView.IsPrivate), isPrivate));
        Assert.DoesNotContain(await renderer.ElementsAsync(), e => e["data-testid"] == "audit-unkept");

        await renderer.OnPageAsync(() => { turn.SetAudit(Audit.Empty.AddMissed(0, 10, 10)); return Task.CompletedTask; });

        var elements = await renderer.ElementsAsync();
        Assert.Single(elements, e => e["data-testid"] == "audit");
        Assert.Equal(isPrivate, elements.Any(e => e["data-testid"] == "audit-unkept"));
    }

    [Fact]
    public async Task Render_StorageFailsAndWorksAgain_SaysSoAndTakesItBack()
    {
        var keeping = new FakeKeeping { Fault = StorageFault.Full };
        var turn = new ChatTurn(GenerationId.New(), "How many dogs?", _images.Add());
        var renderer = await PageRenderer.Create(keeping: keeping).RenderAsync<AnswerView>((nameof(AnswerView.Turn), turn));
        Assert.Contains("storage is full", Notice(await renderer.ElementsAsync())!.Text, StringComparison.Ordinal);

        await renderer.OnPageAsync(() => { keeping.Fault = StorageFault.Locked; return Task.CompletedTask; });
        Assert.Contains("another program holds", Notice(await renderer.ElementsAsync())!.Text, StringComparison.Ordinal);

        await renderer.OnPageAsync(() => { keeping.Fault = null; return Task.CompletedTask; });
        Assert.Null(Notice(await renderer.ElementsAsync()));

        static HtmlElement? Notice(IReadOnlyList<HtmlElement> elements) => elements.SingleOrDefault(e => e["data-testid"] == "not-kept");
    }

    [Fact]
    public async Task Render_PrivateWhileTheStorageFails_SaysNothingOfKeeping()
    {
        var keeping = new FakeKeeping { Fault = StorageFault.Full };
        var turn = new ChatTurn(GenerationId.New(), "How many dogs?", _images.Add());
        var renderer = await PageRenderer.Create(keeping: keeping)
            .RenderAsync<AnswerView>((nameof(AnswerView.Turn), turn), (nameof(AnswerView.IsPrivate), true));
        Assert.DoesNotContain(await renderer.ElementsAsync(), e => e["data-testid"] == "not-kept");
    }

    private static HtmlElement Answer(IReadOnlyList<HtmlElement> elements) => elements.Single(e => e["data-testid"] == "answer");

    /// <summary>A view that has been there since before the first event, once that many events have arrived.</summary>
    private async Task<(PageRenderer Renderer, ChatTurn Turn)> ShowAsync(Action<FakeAnswer> write, long events, params (string Name, object? Value)[] parameters)
    {
        var renderer = PageRenderer.Create();
        ChatTurn turn = null!;
        await renderer.OnPageAsync(async () =>
        {
            var session = new ChatSession(_chat, _chat, _images, TimeProvider.System, VisitorId.New());
            await session.TakePhotoAsync(_images.Add().Id);
            await session.AskAsync("How many dogs?");
            turn = session.Turns[0];
            (string Name, object? Value)[] always =
            [
                (nameof(AnswerView.Turn), turn), (nameof(AnswerView.IsNewest), true), (nameof(AnswerView.CanAskAgain), true), (nameof(AnswerView.IsShown), true),
            ];
            await renderer.RenderAsync<AnswerView>([.. always.Where(one => parameters.All(given => given.Name != one.Name)), .. parameters]);
            write(_chat.Last);
            await OnPage.UntilAsync(() => turn.Answer.LastSeq == events);
        });
        return (renderer, turn);
    }
}
