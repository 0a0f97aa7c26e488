using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Rendering;

namespace Molmo.Demo.Client.Tests.Chat;

public class IdeasTests : PageTest
{
    [Fact]
    public void Ideas_Offered_AreOutlinedChipsThatAreButtonsInTheirLanguage()
    {
        List<string> asked = [];
        var ideas = Render<Ideas>(parameters => parameters
            .Add(offer => offer.Heading, "Ask next")
            .Add(offer => offer.Offered, [new Suggestion("Point to the dogs.", "en"), new Suggestion("Was zeigt es?")])
            .Add(offer => offer.OnAsk, idea => asked.Add(idea.Text)));
        var chips = ideas.FindAll("button.mud-chip-outlined[data-testid='idea'][dir='auto']");
        Assert.Equal(["Point to the dogs.", "Was zeigt es?"], chips.Select(chip => chip.TextContent));
        Assert.Equal(["en", null], chips.Values("lang"));
        chips[1].Click();
        Assert.Equal(["Was zeigt es?"], asked);
    }

    [Fact]
    public void Ideas_None_AreNoHeadingEither()
        => Assert.Empty(Render<Ideas>(parameters => parameters
            .Add(offer => offer.Heading, "Ask next").Add(offer => offer.Offered, [])).FindAll("*"));
}
