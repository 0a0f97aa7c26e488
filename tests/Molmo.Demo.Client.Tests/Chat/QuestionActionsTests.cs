using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Rendering;

namespace Molmo.Demo.Client.Tests.Chat;

public class QuestionActionsTests : PageTest
{
    private readonly List<string> _done = [];

    [Fact]
    public void Render_OnlyVersion_HasNothingToSwitch()
    {
        var actions = Show((0, 1));
        Assert.Empty(actions.FindAll("[role=group]"));
        actions.Test("edit").Click();
        Assert.Equal(["edit"], _done);
    }

    [Theory]
    [InlineData(0, "1 / 3", true, false)]
    [InlineData(1, "2 / 3", false, false)]
    [InlineData(2, "3 / 3", false, true)]
    public void Render_SeveralVersions_EndsWhereTheyEnd(int index, string place, bool isFirst, bool isLast)
    {
        var actions = Show((index, 3));
        Assert.Equal(place, actions.Test("version").TextContent);
        Assert.Equal(isFirst, actions.Test("version-before").HasAttribute("disabled"));
        Assert.Equal(isLast, actions.Test("version-next").HasAttribute("disabled"));
    }

    [Fact]
    public void Step_Clicked_GoesOneVersionOnOrBack()
    {
        var actions = Show((1, 3));
        actions.Test("version-before").Click();
        actions.Test("version-next").Click();
        Assert.Equal(["step -1", "step 1"], _done);
    }

    [Fact]
    public void Edit_WhileAnAnswerIsWritten_IsNotOffered()
        => Assert.True(Show((0, 1), isBusy: true).Test("edit").HasAttribute("disabled"));

    private IRenderedComponent<QuestionActions> Show((int Index, int Count) version, bool isBusy = false)
        => Render<QuestionActions>(parameters => parameters
            .Add(actions => actions.Turn, new ChatTurn(GenerationId.New(), "How many?", null))
            .Add(actions => actions.Version, version).Add(actions => actions.IsBusy, isBusy)
            .Add(actions => actions.OnStep, step => _done.Add($"step {step}"))
            .Add(actions => actions.OnEdit, () => _done.Add("edit")));
}
