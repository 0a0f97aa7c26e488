using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Rendering;

namespace Molmo.Demo.Client.Tests.Chat;

/// <summary>
/// The message box on the server's side. Keys are the script's alone, so that no key stroke crosses the circuit: that
/// Enter asks and Shift+Enter does not is tested in a browser. What the script then calls is called here.
/// </summary>
public class ComposerTests : PageTest
{
    private const string ScriptPath = "./_content/Molmo.Demo.Client/Chat/Composer.razor.js";

    private readonly List<string> _done = [];
    private bool _accepts = true;

    [Theory]
    [InlineData(false, "Ask about your photo", "Choose a photo")]
    [InlineData(true, "Ask about this photo", "Choose another photo")]
    public void Render_BeforeTheScript_CannotSendAndSaysWhatToDo(bool hasPicture, string placeholder, string photo)
    {
        var composer =
            Show(parameters => parameters.Add(box => box.HasPicture, hasPicture).Add(box => box.Prefill, "How many?"));
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
    public void Render_WhileAnAnswerIsWritten_TurnsTheSameButtonIntoStopAndBack()
    {
        var script = Script();
        var composer = Show();
        Assert.Empty(script.Invocations["refresh"]);

        composer.Render(parameters => parameters.Add(box => box.IsWriting, true));
        Assert.Empty(composer.Tests("send"));
        Assert.Equal(
            ("submit", "Stop"),
            (composer.Test("stop").GetAttribute("type"), composer.Test("stop").GetAttribute("aria-label")));
        Assert.Equal("stop", composer.One("[data-composer]").GetAttribute("data-mode"));
        composer.Render(parameters => parameters.Add(box => box.Foot, "Something else."));
        script.VerifyInvoke("refresh", calledTimes: 1);

        composer.Render(parameters => parameters.Add(box => box.IsWriting, false));
        composer.Test("send");
        script.VerifyInvoke("refresh", calledTimes: 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ask_FromTheScript_TellsItWhetherTheQuestionWasAccepted(bool accepts)
    {
        _accepts = accepts;
        var composer = Show();
        Assert.Equal(accepts, await composer.Instance.Ask("How many?"));
        Assert.Equal(accepts, await composer.Instance.AskWithoutOldest("And now?"));
        await composer.Instance.Stop();
        Assert.Equal(["ask How many?", "without oldest And now?", "stop"], _done);
    }

    [Theory]
    [InlineData("How many?", false, true)]
    [InlineData("How many?", true, false)]
    [InlineData(null, false, false)]
    public void Recall_UpKey_EditsTheLastQuestionUnlessOneIsAnswered(string? last, bool isWriting, bool edits)
    {
        var composer = Show(parameters => parameters.Add(box => box.Last, last).Add(box => box.IsWriting, isWriting));
        composer.Instance.Recall();
        Assert.Equal(edits ? ["edit True"] : [], _done);
    }

    [Fact]
    public void Edit_Begun_ShowsTheQuestionAndCanBeGivenUp()
    {
        var script = Script();
        var composer = Show();
        composer.Render(parameters => parameters.Add(box => box.Edited, "How many <b>dogs</b>?"));
        Assert.Equal("How many <b>dogs</b>?", composer.Test("editing").QuerySelector("q")!.TextContent);
        Assert.Equal("How many <b>dogs</b>?", Assert.Single(script.Invocations["edit"]).Arguments[0]);

        composer.One("[data-cancel-edit]").Click();
        composer.Instance.GiveUp();
        Assert.Equal(["edit False", "edit False"], _done);
        composer.Render(parameters => parameters.Add(box => box.Edited, null));
        Assert.Empty(composer.Tests("editing"));
        Assert.Equal([null], script.Invocations["edit"][^1].Arguments);
    }

    [Fact]
    public void AskPlainly_Clicked_UndoesTheChoice()
    {
        AskChoice? chosen = null;
        var composer = Show(parameters => parameters
            .Add(box => box.Choice, AskChoice.Plain with { Sampling = new(0.8) })
            .Add(box => box.OnChoose, choice => chosen = choice));
        composer.Test("ask-plainly").Click();
        Assert.Equal(AskChoice.Plain, chosen);
    }

    [Fact]
    public void Render_Private_TellsTheScriptToKeepNothing()
    {
        var secret = Show(parameters => parameters.Add(box => box.IsPrivate, true));
        Assert.Equal("true", secret.One("[data-composer]").GetAttribute("data-private"));
        Assert.False(Show().One("[data-composer]").HasAttribute("data-private"));
    }

    [Fact]
    public async Task Script_OfThePage_IsConnectedWrittenToAndLetGo()
    {
        var script = Script();
        var composer = Show();
        Assert.IsAssignableFrom<IDisposable>(Assert.Single(script.VerifyInvoke("connect").Arguments));
        await composer.Instance.WriteAsync("Point to the dogs.");
        await composer.Instance.BegunAsync("How many?");
        Assert.Equal("Point to the dogs.", script.VerifyInvoke("write").Arguments[0]);
        Assert.Equal("How many?", script.VerifyInvoke("begun").Arguments[0]);
        await DisposeComponentsAsync();
        script.VerifyInvoke("disconnect");
    }

    private BunitJSModuleInterop Script()
    {
        var script = JSInterop.SetupModule(ScriptPath);
        script.Mode = JSRuntimeMode.Loose;
        return script;
    }

    private IRenderedComponent<Composer> Show(Action<ComponentParameterCollectionBuilder<Composer>>? more = null)
        => Render<Composer>(parameters =>
    {
        parameters
            .Add(box => box.OnAsk, text => Do($"ask {text}"))
            .Add(box => box.OnAskWithoutOldest, text => Do($"without oldest {text}"))
            .Add(box => box.OnStop, () => Do("stop")).Add(box => box.OnEdit, begins => _done.Add($"edit {begins}"));
        more?.Invoke(parameters);
    });

    private Task<bool> Do(string what)
    {
        _done.Add(what);
        return Task.FromResult(_accepts);
    }
}
