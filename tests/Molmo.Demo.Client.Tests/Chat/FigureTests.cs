using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Tests.Chat;

public class FigureTests : PageTest
{
    [Theory]
    [InlineData(false, "1 white cell, 18 red cells", "white cells", 1, "red cells", 18)]
    [InlineData(false, "3 dogs", "dogs", 3)]
    [InlineData(false, "1 dog", "dogs", 1)]
    [InlineData(false, "2 dots", "", 2)]
    [InlineData(true, "2 dots so far", "", 2)]
    [InlineData(true, "3 dogs, 1 dot so far", "dogs", 3, "", 1)]
    public void Render_Groups_SaysHowManyOfWhat(bool isLive, string expected, params object[] groups)
    {
        var figure = Show(
            [.. groups.Chunk(2).Select((group, at) => Group(at, (string)group[0], (int)group[1]))], isLive);
        Assert.Equal(expected, figure.Words().Trim());
        Assert.Equal(isLive ? "true" : null, figure.Test("figure").GetAttribute("aria-hidden"));
    }

    [Fact]
    public void Render_NothingFound_SaysNone()
        => Assert.Equal("None", Show([new TextSegment("There are none.")], isLive: false).Words().Trim());

    [Fact]
    public void Render_NameWithMarkup_IsText()
    {
        var figure = Show([Group(0, "<b>dogs</b>", 2)], isLive: false);
        Assert.Equal("<b>dogs</b>", figure.One("bdi").TextContent);
    }

    private static PointSegment Group(int group, string name, int points) => new(
        group, [.. Enumerable.Range(1, points).Select(n => new ImagePoint(n, n, n))], name, name, name.Length > 0);

    private IRenderedComponent<Figure> Show(ImmutableArray<AnswerSegment> segments, bool isLive)
        => Render<Figure>(parameters => parameters.Add(figure => figure.Claim, Claim.Of(segments)!)
            .Add(figure => figure.IsLive, isLive));
}
