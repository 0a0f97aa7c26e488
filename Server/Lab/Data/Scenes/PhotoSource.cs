using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Lab.Drawing;
using Molmo.Demo.Lab.Evaluation;
using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Scenes;

/// <summary>
/// Photographs whose <c>truth.json</c> has centres and boxes: mirrored, turned, cut and lit anew at every reading, with
/// the questions that a scene has.
/// </summary>
internal sealed class PhotoSource : IExampleSource
{
    private readonly (RgbImage Picture, SceneObject[] Things)[] _photos;
    private readonly IReadOnlyList<Kind> _kinds;
    private readonly long _seed;

    private PhotoSource((RgbImage Picture, SceneObject[] Things)[] photos, IReadOnlyList<Kind> kinds, long seed)
        => (_photos, _kinds, _seed) = (photos, kinds, seed);

    public long Count => _photos.Length;

    /// <param name="folder">With <c>truth.json</c>.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="leaveOut">8 leaves out every eighth photograph, to judge by; 0 leaves out none.</param>
    /// <exception cref="CommandException">A file is missing or not of the form.</exception>
    public static PhotoSource Open(string folder, long seed, int leaveOut = 0)
    {
        var truth = TruthFile.LoadAsync(folder, CancellationToken.None).GetAwaiter().GetResult();
        (RgbImage Picture, SceneObject[] Things)[] photos =
            [.. truth.Pictures.Where((_, i) => leaveOut == 0 || (i + 1) % leaveOut != 0)
                .Select(photo => (Scaled(Path.Combine(folder, photo.File)), Things(photo)))];
        var labels = photos.SelectMany(photo => photo.Things).Select(thing => thing.Label).Distinct()
            .Order(StringComparer.Ordinal).ToList();
        if (labels.Count == 0)
            throw new CommandException($"The photos of {folder} have no boxes in truth.json: nothing can be asked.");
        return new PhotoSource(photos, [.. labels.Select(label => new NamedKind(One(label), label))], seed);
    }

    public Example Read(long index)
    {
        var random = SampleRandom.For(_seed, "photos", index);
        var (picture, things) = _photos[random.Next(_photos.Length)];
        var turned = PhotoTurn.Draw(random);
        var (image, kept) = turned.Apply(picture, things);
        image = Weathering.Apply(image, random);
        return new Example(image, SceneQuestions.Of(kept, _kinds, random)) { Objects = kept };
    }

    /// <summary>The file has plurals alone.</summary>
    private static string One(string label) => label.EndsWith('s') ? label[..^1] : label;

    private static SceneObject[] Things(TruthImage photo)
        => [.. photo.Boxes.SelectMany(label => label.Value.Select(box => new SceneObject(
            label.Key, (box.Left + box.Right) / 2, (box.Top + box.Bottom) / 2, box.Right - box.Left,
            box.Bottom - box.Top)))];

    /// <summary>Small, as they are read over and over.</summary>
    private static RgbImage Scaled(string path)
    {
        if (!File.Exists(path)) throw new CommandException($"There is no photo {path}.");
        using var whole = SKBitmap.Decode(path)
            ?? throw new CommandException($"The photo {path} cannot be read.");
        var scale = Math.Min(1, 420.0 / Math.Max(whole.Width, whole.Height));
        using var small = whole.Resize(
            new SKImageInfo(
                (int)(whole.Width * scale), (int)(whole.Height * scale), SKColorType.Rgba8888, SKAlphaType.Opaque),
            new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        return Pixels.Read(small);
    }
}
