using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Lab.Data;
using Molmo.Demo.Lab.Data.Scenes;
using Molmo.Demo.Server.Commands;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Lab.Scenes;

/// <summary>Photographs with boxes, turned and cut.</summary>
public sealed class PhotoSourceTests
{
    [Fact]
    public void Apply_AnyTurn_MovesTheThingWithItsPixels()
    {
        // A red spot at a quarter from the left and a third from the top, on grey.
        var (width, height) = (200, 120);
        var pixels = new byte[width * height * 3];
        Array.Fill(pixels, (byte)128);
        for (var y = 34; y < 46; y++)
            for (var x = 44; x < 56; x++)
                (pixels[3 * ((y * width) + x)], pixels[(3 * ((y * width) + x)) + 1]) = (255, 0);
        var thing = new SceneObject("spots", 25, 100.0 / 3, 6, 10);
        var random = new Random(5);
        var kept = 0;
        for (var i = 0; i < 60; i++)
        {
            var turn = PhotoTurn.Draw(random);
            var (picture, things) = turn.Apply(new RgbImage(width, height, pixels), [thing]);
            if (things is not [var moved]) continue;
            kept++;
            var at = 3 * (((int)(moved.Y / 100 * picture.Height) * picture.Width)
                + (int)(moved.X / 100 * picture.Width));
            Assert.True(picture.Pixels[at] > 200 && picture.Pixels[at + 1] < 60, $"{turn}: {moved}");
            if (turn is not { IsMirrored: false, Kept: 1 }) continue;
            var place = (Math.Round(moved.X, 1), Math.Round(moved.Y, 1));
            if (turn.Quarters == 0) Assert.Equal((25, 33.3), place);
            if (turn.Quarters == 1) Assert.Equal((66.7, 25), place);
        }

        Assert.InRange(kept, 30, 60);
    }

    [Fact]
    public void Open_OfPhotosWithBoxes_AsksAboutTheirLabels()
    {
        var folder = Path.Combine(TestData.Require(TestData.Photos, "Photographs"), "blood");
        var source = PhotoSource.Open(folder, 2);
        Assert.Equal(292, source.Count);
        Assert.Equal(256, PhotoSource.Open(folder, 2, leaveOut: 8).Count);
        var example = source.Read(0);
        Assert.Contains(example.Annotations, item => item.Answer.Contains("red blood cells", StringComparison.Ordinal));
    }

    [Fact]
    public void Open_WithoutBoxes_SaysWhatIsMissing()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Combine("truth.json"), """[{"file": "a.png", "objects": {}}]""");
        Assert.Contains(
            "a.png", Assert.Throws<CommandException>(() => PhotoSource.Open(folder.Path, 0)).Message,
            StringComparison.Ordinal);
        File.Delete(folder.Combine("truth.json"));
        Assert.Contains(
            "There is no file", Assert.Throws<CommandException>(() => PhotoSource.Open(folder.Path, 0)).Message,
            StringComparison.Ordinal);
    }
}
