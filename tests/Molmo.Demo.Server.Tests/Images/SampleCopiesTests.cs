using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Images;

namespace Molmo.Demo.Server.Tests.Images;

/// <summary>The small copies of the gallery, which must show what the scenes show.</summary>
public sealed class SampleCopiesTests
{
    private static readonly string Root = Path.Combine(TestData.Repository, "wwwroot");

    public static TheoryData<string> Scenes => [.. SampleGallery.Questions.Select(scene => scene.File)];

    [Theory]
    [MemberData(nameof(Scenes))]
    public void Copies_OfAScene_AreSmallAndShowTheSame(string file)
    {
        var scene = new SampleScene(file, "");
        var picture = Read($"/samples/{file}");
        AssertCopy(picture, scene.Small, width: 800, bytes: 20_000);
        AssertCopy(picture, scene.Thumbnail, width: 240, bytes: 6_000);
    }

    [Fact]
    public void Reel_OfSixScenes_ShowsTheMiddleOfEachInOrder()
    {
        string[] files =
        [
            "scene-06.jpg", "scene-08.jpg", "scene-07.png", "scene-05.png", "scene-03.png", "drawn-microscope.png",
        ];
        var reel = Read("/samples/small/reel.webp");
        Assert.Equal((624, 104), (reel.Width, reel.Height));
        foreach (var (i, file) in files.Index())
        {
            var picture = Read($"/samples/{file}");
            var side = Math.Min(picture.Width, picture.Height);
            var middle = picture.Crop((picture.Width - side) / 2, (picture.Height - side) / 2, side, side);
            AssertAlike(middle, reel.Crop(104 * i, 0, 104, 104));
        }
    }

    private static void AssertCopy(RgbImage picture, string address, int width, int bytes)
    {
        var copy = Read(address);
        Assert.Equal((width, width * picture.Height / picture.Width), (copy.Width, copy.Height));
        Assert.InRange(new FileInfo(Root + address).Length, 1, bytes);
        AssertAlike(picture, copy);
    }

    // Scaling and packing leave 1 to 4 steps of 255.
    private static void AssertAlike(RgbImage picture, RgbImage copy)
    {
        var scaled = ImageScaler.Resize(picture, copy.Width, copy.Height).Pixels;
        var apart = scaled.Zip(copy.Pixels, (a, b) => Math.Abs(a - b)).Average();
        Assert.InRange(apart, 0, 8);
    }

    private static RgbImage Read(string address)
        => ImageDecoder.Decode(File.ReadAllBytes(Root + address), DecoderLimits.Default);
}
