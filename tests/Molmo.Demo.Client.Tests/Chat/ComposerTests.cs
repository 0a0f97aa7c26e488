using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;

namespace Molmo.Demo.Client.Tests.Chat;

/// <summary>
/// The message box on the server's side. Keys are the script's alone, so that no key stroke crosses the circuit: that
/// Enter asks and Shift+Enter does not is tested in a browser. What the script then calls is called here.
/// </summary>
public class ComposerTests : PageTest
{
    private const string Script = "molmo.Chat/Composer";

    private readonly ChatSession _session;

    public ComposerTests()
    {
        _session = OpenSession();
        Chat.Answering = (_, answer) => answer.Start();
    }

    [Theory]
    [InlineData(false, "Ask about your photo", "Choose a photo")]
    [InlineData(true, "Ask about this photo", "Choose another photo")]
    public async Task Render_BeforeTheScript_CannotSendAndSaysWhatToDo(bool hasImage, string placeholder, string photo)
    {
        if (hasImage) await TakePhotoAsync();
        var composer = Show("How many?");
        var box = composer.Test("composer");
        Assert.Equal(
            (placeholder, placeholder, "How many?"),
            (box.GetAttribute("placeholder"), box.GetAttribute("aria-label"), box.GetAttribute("value")));
        Assert.Equal(photo, composer.One("[data-choose-photo]").GetAttribute("aria-label"));
        var send = composer.Test("send");
        Assert.Equal(
            ("submit", "Send", true),
            (send.GetAttribute("type"), send.GetAttribute("aria-label"), send.HasAttribute("disabled")));
    }

    [Fact]
    public async Task Render_WhileAnAnswerIsWritten_TurnsTheSameButtonIntoStopAndBack()
    {
        var composer = Show();
        Assert.Empty(JSInterop.Invocations[$"{Script}.refresh"]);

        await AskAsync(composer, "How many?");
        composer.Render();
        Assert.Empty(composer.Tests("send"));
        Assert.Equal(
            ("submit", "Stop"),
            (composer.Test("stop").GetAttribute("type"), composer.Test("stop").GetAttribute("aria-label")));
        Assert.Equal("stop", composer.One("[data-composer]").GetAttribute("data-mode"));
        composer.Render(parameters => parameters.Add(box => box.Foot, "Something else."));
        JSInterop.VerifyInvoke($"{Script}.refresh", calledTimes: 1);

        await EndAsync();
        composer.Render();
        composer.Test("send");
        JSInterop.VerifyInvoke($"{Script}.refresh", calledTimes: 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ask_FromTheScript_TellsItWhetherTheQuestionWasAccepted(bool accepts)
    {
        var composer = Show();
        foreach (var mayDropOldest in new[] { false, true })
        {
            await TakePhotoAsync();
            if (!accepts) Chat.NextRefusal = new ChatRefusedException(ChatFault.Busy, new EarlierWords("Busy."));
            var isAccepted = false;
            await composer.InvokeAsync(async () => isAccepted = mayDropOldest
                ? await composer.Instance.AskWithoutOldest("And now?") : await composer.Instance.Ask("How many?"));
            Assert.Equal(accepts, isAccepted);
            if (!accepts) continue;
            Assert.Equal(mayDropOldest, Chat.Questions[^1].Prompt!.MayDropOldest);
            await composer.InvokeAsync(composer.Instance.Stop);
            await OnPage.UntilAsync(() => _session.Live is null);
            Assert.Equal(EndReason.Stopped, _session.Turns[^1].Answer.Ended!.Reason);
        }
        Assert.Equal(accepts ? ["How many?", "And now?"] : [], Chat.Questions.Select(question => question.Text));
    }

    [Theory]
    [InlineData("How many?", false, true)]
    [InlineData("How many?", true, false)]
    [InlineData(null, false, false)]
    public async Task Recall_UpKey_EditsTheLastQuestionUnlessOneIsAnswered(string? last, bool isWriting, bool edits)
    {
        var composer = Show();
        if (last is not null) await AskAsync(composer, last);
        if (!isWriting) await EndAsync();
        await composer.InvokeAsync(composer.Instance.Recall);
        Assert.Equal(edits ? last : null, _session.Editing?.Question);
    }

    [Fact]
    public async Task Edit_Begun_ShowsTheQuestionAndCanBeGivenUp()
    {
        var composer = Show();
        await AskAsync(composer, "How many <b>dogs</b>?");
        await EndAsync();
        foreach (var isByKey in new[] { false, true })
        {
            await composer.InvokeAsync(() => _session.Edit(_session.Turns[^1]));
            composer.Render();
            Assert.Equal("How many <b>dogs</b>?", composer.Test("editing").QuerySelector("q")!.TextContent);
            Assert.Equal("How many <b>dogs</b>?", JSInterop.Invocations[$"{Script}.edit"][^1].Arguments[0]);

            if (isByKey) await composer.InvokeAsync(composer.Instance.GiveUp);
            else composer.One("[data-cancel-edit]").Click();
            Assert.Null(_session.Editing);
            composer.Render();
            Assert.Empty(composer.Tests("editing"));
            Assert.Equal([null], JSInterop.Invocations[$"{Script}.edit"][^1].Arguments);
        }
    }

    [Fact]
    public void AskPlainly_Clicked_UndoesTheChoice()
    {
        _session.Choose(AskChoice.Plain with { Sampling = new(0.8) });
        Show().Test("ask-plainly").Click();
        Assert.Equal(AskChoice.Plain, _session.Choice);
    }

    [Fact]
    public async Task Render_Private_TellsTheScriptToKeepNothing()
    {
        Assert.False(Show().One("[data-composer]").HasAttribute("data-private"));
        var secret = new StoredConversation(ConversationId.New(), "", []) { IsPrivate = true };
        Chat.Store(secret);
        await using var session = new ChatSession(Chat, Chat, Images, Time, Visitor, new FakePrivateChats());
        await OnPageAsync(() => session.OpenAsync(secret.Id));
        var composer = Show(session: session);
        Assert.Equal("true", composer.One("[data-composer]").GetAttribute("data-private"));
    }

    [Fact]
    public async Task Script_OfThePage_IsConnectedWrittenToAndLetGo()
    {
        var composer = Show();
        Assert.IsAssignableFrom<IDisposable>(Assert.Single(JSInterop.VerifyInvoke($"{Script}.connect").Arguments));
        await composer.Instance.WriteAsync("Point to the dogs.");
        await composer.Instance.BegunAsync("How many?");
        Assert.Equal("Point to the dogs.", JSInterop.VerifyInvoke($"{Script}.write").Arguments[0]);
        Assert.Equal("How many?", JSInterop.VerifyInvoke($"{Script}.begun").Arguments[0]);
        await DisposeComponentsAsync();
        JSInterop.VerifyInvoke($"{Script}.disconnect");
    }

    private IRenderedComponent<Composer> Show(string? prefill = null, ChatSession? session = null)
        => Render<Composer>(parameters => parameters
            .Add(box => box.Session, session ?? _session).Add(box => box.Prefill, prefill));

    private Task TakePhotoAsync() => OnPageAsync(() => _session.TakePhotoAsync(Images.Add().Id));

    private async Task AskAsync(IRenderedComponent<Composer> composer, string question)
    {
        await TakePhotoAsync();
        await composer.InvokeAsync(() => composer.Instance.Ask(question));
    }

    private async Task EndAsync()
    {
        if (_session.Live is not null) Chat.Last.End();
        await OnPage.UntilAsync(() => _session.Live is null);
    }
}
