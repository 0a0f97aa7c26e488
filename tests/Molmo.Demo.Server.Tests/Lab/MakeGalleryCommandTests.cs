using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Lab;
using Molmo.Demo.Lab.Evaluation;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Lab;

/// <summary>The gallery, which is drawn by a list.</summary>
public sealed class MakeGalleryCommandTests
{
    private static readonly string List =
        Path.Combine(TestData.Repository, "Server", "Lab", "Recipes", "gallery", "gallery.json");

    [Fact]
    public async Task MakeGallery_ListOfTheRepository_DrawsTheSameTwiceWithTruthAndSmallCopies()
    {
        using var folder = new TemporaryFolder();
        var (once, twice) = (folder.Combine("once"), folder.Combine("twice"));
        Assert.Equal((0, ""), await RunAsync(List, once));
        Assert.Equal((0, ""), await RunAsync(List, twice));

        var files = Files(once);
        Assert.Equal(files, Files(twice));
        Assert.All(files, file => Assert.Equal(
            File.ReadAllBytes(Path.Combine(once, file)), File.ReadAllBytes(Path.Combine(twice, file))));
        var truth = await TruthFile.LoadAsync(once, Cancel);
        Assert.Equal(11, truth.Pictures.Count);
        Assert.Equal(4, truth.Pictures.Single(picture => picture.File == "scene-03.png").CentresOf("penguins").Count);
        Assert.All(truth.Pictures, picture =>
        {
            var whole = Read(Path.Combine(once, picture.File));
            var small = Read(Path.Combine(once, "small", $"{Path.GetFileNameWithoutExtension(picture.File)}-240.webp"));
            Assert.Equal((240, 240 * whole.Height / whole.Width), (small.Width, small.Height));
            var scaled = ImageScaler.Resize(whole, small.Width, small.Height).Pixels;
            Assert.InRange(scaled.Zip(small.Pixels, (a, b) => Math.Abs(a - b)).Average(), 0, 8);
        });
        var reel = Read(Path.Combine(once, "small", "reel.webp"));
        Assert.Equal((624, 104), (reel.Width, reel.Height));
        AssertIsTheGallery(once, files);
    }

    [Theory]
    [InlineData("""{"file": "../a.png", "setting": "ice", "seed": 1}""", "is no name such as")]
    [InlineData("""{"file": "truth.json", "setting": "ice", "seed": 1}""", "is no name such as")]
    [InlineData("""{"file": "reel.png", "setting": "microscope", "seed": 1}""", "called reel")]
    [InlineData("""{"file": "a.png", "setting": "microscope", "seed": 1, "width": 80}""", "not for it")]
    [InlineData("""{"file": "a.png", "setting": "ice", "seed": 1, "sead": 2}""", "sead")]
    [InlineData("""{"setting": "ice", "seed": 1}""", "file")]
    [InlineData("null", "has a null")]
    [InlineData("""{"file": "a.png", "setting": "moon", "seed": 1}""", "ice, sea, meadow")]
    [InlineData("""{"file": "a.png", "setting": "ice", "seed": 1, "width": 9, "height": 800}""", "64 to 4096")]
    [InlineData(
        """{"file": "a.png", "setting": "sea", "seed": 1, "width": 80, "height": 80, "things": {"ants": 1}}""", "ants")]
    [InlineData(
        """{"file": "a.png", "setting": "sea", "seed": 1, "width": 80, "height": 80, "things": {"cats": 99}}""",
        "room")]
    [InlineData(
        """{"file": "a.png", "setting": "sea", "seed": 1, "width": 80, "height": 80, "things": {"cats": 100}}""",
        "1 to 99")]
    [InlineData("{", "cannot be drawn")]
    public async Task MakeGallery_ListThatSaysNothingToDraw_IsOneSentenceAndWritesNothing(string picture, string word)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.Combine("list.json"), $"[{picture}]", Cancel);
        var (code, error) = await RunAsync(folder.Combine("list.json"), folder.Combine("made"));
        Assert.Equal(1, code);
        Assert.Contains(word, Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.Combine("made")));
    }

    // Another processor may shade a pixel by one more or less.
    private static void AssertIsTheGallery(string folder, List<string> files)
    {
        Assert.Equal(
            File.ReadAllText(Path.Combine(TestData.Samples, "truth.json")),
            File.ReadAllText(Path.Combine(folder, "truth.json")));
        Assert.All(files.Where(file => Path.GetExtension(file) != ".json"), file =>
        {
            var (kept, drawn) = (Read(Path.Combine(TestData.Samples, file)), Read(Path.Combine(folder, file)));
            Assert.Equal((kept.Width, kept.Height), (drawn.Width, drawn.Height));
            Assert.InRange(kept.Pixels.Zip(drawn.Pixels, (a, b) => Math.Abs(a - b)).Average(), 0, 0.5);
        });
    }

    private static List<string> Files(string folder)
        => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal)];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<(int Code, string Error)> RunAsync(string list, string folder)
    {
        using var error = new StringWriter();
        var code = await LabProgram.RunAsync(["make", "gallery", list, "--out", folder], TextWriter.Null, error);
        return (code, error.ToString());
    }

    private static RgbImage Read(string file)
        => ImageDecoder.Decode(File.ReadAllBytes(file), DecoderLimits.Default);
}
