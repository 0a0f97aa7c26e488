using Molmo.Demo.Client.Home;
using Molmo.Demo.Client.Tests.Chat;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Tests.Home;

public class DemonstrationTests : PageTest
{
    private const string Fish =
        """Counting the <points x1="61.6" y1="18.4" x2="26.7" y2="33.2" alt="fish">fish</points> shows a total of 2.""";

    [Fact]
    public void Render_StoredAnswers_ShowsTheFirstOneFinished()
    {
        var demo = Open(Scene("scene-07.png", Fish), Scene("scene-06.jpg", Fish));
        Assert.Equal(["--x:61.6;--y:18.4", "--x:26.7;--y:33.2"], demo.FindAll(".spot").Values("style"));
        Assert.Equal("2fish", demo.One(".figure").TextContent.Trim());
        Assert.Equal("/samples/small/scene-06.webp", demo.One("img").GetAttribute("src"));
        // Each is a link, so that it works without the script.
        Assert.Equal(["/?sample=scene-06.jpg", "/?sample=scene-07.png"], demo.FindAll(".reel a").Values("href"));
    }

    [Fact]
    public void Render_InAPrivateChat_KeepsItsScenesInThere()
    {
        var id = ConversationId.New();
        var demo = Render<Demonstration>(parameters => parameters
            .Add(shown => shown.Samples, [Scene("scene-06.jpg", Fish)]).Add(shown => shown.Private, id));
        Assert.Equal($"/c/{id}?private=1&sample=scene-06.jpg", demo.One(".reel a").GetAttribute("href"));
    }

    [Fact]
    public void Of_AnAnswerWithoutDotsOrNone_IsNotPlayed()
        => Assert.Empty(DemonstrationScene.Of(
            [Scene("scene-06.jpg", "There are none."), new("scene-07.png", "How many dogs are there?")], null));

    [Fact]
    public void Of_ACheckedAnswer_CarriesWhatThePersonAdded()
    {
        var check = Audit.Empty.Judge(0, 1, DotVerdict.Right).AddMissed(0, 41.6, 53.3);
        var scene = Assert.Single(DemonstrationScene.Of([Scene("scene-07.png", Fish) with { Check = check }], null));
        Assert.Equal([41.6, 53.3], Assert.Single(scene.Missed));
    }

    [Fact]
    public void Render_AMicroscopePicture_IsSaidToBeDrawn()
    {
        var scene = Scene("drawn-microscope.png", Fish);
        var demo = Open(scene with
        {
            Subject = SampleSubject.Microscope,
            Answer = scene.Answer! with { Subject = SampleSubject.Microscope },
        });
        Assert.Equal("A drawn microscope picture", demo.One("[data-demo-subject]").TextContent);
        Assert.Equal("A drawn microscope picture", demo.One("img").GetAttribute("alt"));
        Assert.Equal(
            "How many fish are there? (A drawn microscope picture)", demo.One(".reel a").GetAttribute("title"));
        Assert.Equal("background-position:100% 0", demo.One(".reel a").GetAttribute("style"));
    }

    [Fact]
    public void Order_OfTheReel_IsThatOfItsPicture()
    {
        using var list = JsonDocument.Parse(File.ReadAllBytes(
            Path.Combine(TestData.Repository, "Server", "Lab", "Recipes", "gallery", "gallery.json")));
        Assert.Equal(DemonstrationScene.Order, list.RootElement.EnumerateArray()
            .Where(picture => picture.TryGetProperty("reel", out _))
            .OrderBy(picture => picture.GetProperty("reel").GetInt32())
            .Select(picture => picture.GetProperty("file").GetString()));
    }

    private IRenderedComponent<Demonstration> Open(params SampleScene[] scenes)
        => Render<Demonstration>(parameters => parameters.Add(shown => shown.Samples, scenes));

    private static SampleScene Scene(string file, string text)
        => new(file, "How many fish are there?", StoredComparisonTests.Kept(text) with { File = file });
}
