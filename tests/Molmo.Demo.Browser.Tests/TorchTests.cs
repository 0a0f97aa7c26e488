using Molmo.Demo.Browser.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>The page of a server whose model computes through libtorch.</summary>
public sealed class TorchTests(Site site)
{
    private const string Scene = "scene-08.jpg";
    private const string Question = "Point to the strawberries.";

    [Fact]
    public async Task Ask_AServerWithLibTorch_GivesTheSameDotsAndNamesTheDevice()
    {
        var library = TestData.Require(TestData.LibTorch, "Libraries of libtorch");
        await using var server = await ServerProcess.StartAsync(libTorch: library);
        await using var usual = await site.VisitAsync();
        await usual.OpenWithPhotoAsync(Photos.Sample(Scene));
        var expected = await usual.HearAsync(Question);

        await using var visitor = await site.VisitAsync(server);
        await visitor.OpenWithPhotoAsync(Photos.Sample(Scene));
        var seen = await visitor.HearAsync(Question);

        Assert.NotEmpty(expected.Points);
        Assert.Equal(expected.Words, seen.Words);
        Assert.Equal(expected.Places, seen.Places);
        await visitor.ExpectRestAsync();
        await visitor.ShowDetailsAsync();
        var details = visitor.Answer.GetByTestId("details");
        await Expect(details).ToContainTextAsync(new Regex(@"CPU, libtorch 2\.\d+\.\d+, \d+ threads?"));
        await Expect(details).ToContainTextAsync("float32");
        visitor.ExpectNoTrouble();
    }
}
