using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Rendering;

namespace Molmo.Demo.Client.Tests.Chat;

public class ModelCardTests : PageTest
{
    private static readonly Knowledge Practice = new(
        true, [.. Enumerable.Range(1, 9).Select(number => new KnownThing($"thing{number}", $"things{number}"))]);

    [Fact]
    public void Line_PracticeCheckpoint_SaysWhatItKnowsAndOpensTheCard()
    {
        var line = Render<PracticeLine>(ps => ps.Add(p => p.Things, Practice.PracticeThings).Add(p => p.HasCard, true));
        Assert.Equal(
            "Practice model. It knows 9 things, most of them drawn. Photos need real Molmo weights. About",
            string.Join(' ', line.Find("[data-testid=practice]").TextContent.Split((char[]?)null,
                StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal(ModelCard.Id, line.Find("button").GetAttribute("popovertarget"));
    }

    [Fact]
    public void Line_OtherCheckpoint_IsNotThere()
    {
        Assert.Empty(Render<PracticeLine>(ps => ps.Add(p => p.Things, null)).FindAll("*"));
        Assert.Null((Practice with { Practice = false }).PracticeThings);
    }

    [Fact]
    public void Card_PracticeCheckpoint_NamesAllThatItKnows()
    {
        var card = Render<ModelCard>(ps => ps.Add(p => p.Server, new ServerInfo("tiny", new CpuVectors(512, 2))
        {
            Knows = Practice,
            Revision = "0123456789ab",
            Precision = "float32",
        }));
        Assert.Equal("Practice model", card.Find("[data-testid=model]").TextContent.Trim());
        var whole = card.Find("[data-testid=model-card]");
        Assert.Equal("tiny 0123456789ab float32", whole.QuerySelector("dd")!.TextContent.Trim());
        Assert.All(Practice.Things, thing => Assert.Contains(thing.Many, whole.TextContent, StringComparison.Ordinal));
        Assert.Equal("and 2 more", whole.QuerySelector("summary")!.TextContent);
        Assert.Contains("CPU", whole.TextContent, StringComparison.Ordinal);
        Assert.Contains("On a photograph it guesses.", whole.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Card_RealWeights_NamesTheCheckpointAndPromisesNothing()
    {
        var card = Render<ModelCard>(ps => ps.Add(p => p.Server, new ServerInfo("allenai/Molmo-7B-D-0924", null)));
        Assert.Equal("allenai/Molmo-7B-D-0924", card.Find("[data-testid=model]").TextContent.Trim());
        Assert.DoesNotContain("guesses", card.Markup, StringComparison.Ordinal);
        Assert.Equal(["Weights"], card.FindAll("dt").Select(term => term.TextContent));
    }
}
