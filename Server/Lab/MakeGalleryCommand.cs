using System.CommandLine;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Lab.Data;
using Molmo.Demo.Lab.Data.Scenes;
using Molmo.Demo.Lab.Drawing;
using SkiaSharp;

namespace Molmo.Demo.Lab;

/// <summary><c>make gallery LIST --out FOLDER</c>: the pictures of a gallery, small copies, truth.</summary>
internal sealed partial class MakeGalleryCommand : Command
{
    private const string Smear = "microscope";
    private const string Reel = "reel";
    private const int JpegQuality = 90;

    private readonly Argument<string> _list =
        new("list") { Description = "A JSON file: file, setting, seed and, in a setting, size and things of each." };
    private readonly Option<string> _out = new("--out")
    {
        Description = "Folder to write to; pictures of the same names are replaced.",
        HelpName = "folder",
        Required = true,
    };

    public MakeGalleryCommand()
        : base("gallery", "Draw the pictures of a gallery.")
    {
        Add(_list);
        Add(_out);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (list, folder) = (arguments.GetRequiredValue(_list), Path.GetFullPath(arguments.GetRequiredValue(_out)));
        try
        {
            var pictures = JsonSerializer.Deserialize<GalleryPicture[]>(
                await File.ReadAllBytesAsync(list, cancellationToken), StrictJson.Options) ?? [];
            Check(pictures);
            Write([.. pictures.Select(picture => (picture, Draw(picture)))], folder);
            await arguments.InvocationConfiguration.Output.WriteLineAsync(
                string.Create(CultureInfo.InvariantCulture, $"Drew {pictures.Length} pictures in {folder}."));
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new CommandException($"The gallery of {list} cannot be drawn in {folder}: {e.Message} "
                + $"{TruthWriter.FileName} there is as it was.", e);
        }
    }

    /// <summary>All of it, before anything is drawn or replaced.</summary>
    private static void Check(GalleryPicture?[] pictures)
    {
        if (pictures.Length == 0 || pictures.Contains(null))
            throw new CommandException("The list is empty or has a null in it. Nothing was written.");
        foreach (var picture in pictures.OfType<GalleryPicture>())
        {
            if (!FileNames().IsMatch(picture.File))
                throw new CommandException(
                    $"\"{picture.File}\" is no name such as scene-01.png or scene-02.jpg. Nothing was written.");
            if (Obstacle(picture) is { } obstacle)
                throw new CommandException($"{picture.File}: {obstacle}. Nothing was written.");
        }

        if (pictures.Select(picture => Stem(picture!.File)).Append(Reel).GroupBy(name => name)
            .FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new CommandException($"Two files would be called {twice.Key}. Nothing was written.");
    }

    /// <summary>Why it cannot be drawn; null where it can.</summary>
    private static string? Obstacle(GalleryPicture picture)
    {
        if (picture.Setting == Smear)
            return picture is { Width: 0, Height: 0, Things: null } ? null : "width, height and things are not for it";
        if (Setting.All.All(item => item.Name != picture.Setting))
            return $"there is no setting {picture.Setting}; there are "
                + $"{string.Join(", ", Setting.All.Select(item => item.Name))} and {Smear}";
        if (picture is not { Width: >= 64 and <= 4096, Height: >= 64 and <= 4096, Things.Count: > 0 })
            return "width and height are 64 to 4096, and there are things";
        if (picture.Things.Values.Any(count => count is < 1 or > 99)) return "of each thing there are 1 to 99";
        return picture.Things.Keys.FirstOrDefault(many => Kinds.All.All(kind => kind.Many != many)) is { } unknown
            ? $"{unknown} cannot be drawn"
            : null;
    }

    private static Example Draw(GalleryPicture picture)
    {
        if (picture.Things is null)
            return new MicroscopeGenerator(picture.Seed, scale: 2.5, isWeathered: false).Read(0);
        var (drawn, things) = SettingPicture.Draw(
            Setting.All.First(item => item.Name == picture.Setting), new SKSizeI(picture.Width, picture.Height),
            [
                .. picture.Things.OrderBy(thing => thing.Key, StringComparer.Ordinal)
                    .Select(thing => (Kinds.All.First(kind => kind.Many == thing.Key), thing.Value)),
            ],
            SampleRandom.For(picture.Seed, "gallery", 0));
        return things.Count == picture.Things.Values.Sum()
            ? new Example(drawn, []) { Objects = things }
            : throw new CommandException(
                $"{picture.File}: no room for all things; try another seed or fewer. Nothing was written.");
    }

    private static void Write(IReadOnlyList<(GalleryPicture Picture, Example Example)> drawn, string folder)
    {
        var copies = Directory.CreateDirectory(Path.Combine(folder, "small")).FullName;
        var truthFile = Path.Combine(folder, TruthWriter.FileName);
        using (var truth = new TruthWriter(truthFile + ".part"))
        {
            foreach (var (picture, example) in drawn)
            {
                Write(example.Picture!, Path.Combine(folder, picture.File));
                SmallCopies.Write(example.Picture!, copies, Stem(picture.File));
                truth.Add(picture.File, (example.Picture!.Width, example.Picture.Height), example.Objects);
            }
        }

        RgbImage[] reel =
        [
            .. drawn.Where(item => item.Picture.Reel > 0).OrderBy(item => item.Picture.Reel)
                .Select(item => item.Example.Picture!),
        ];
        if (reel.Length > 0) SmallCopies.WriteReel(reel, Path.Combine(copies, $"{Reel}.webp"));
        File.Move(truthFile + ".part", truthFile, overwrite: true);
    }

    private static void Write(RgbImage picture, string path)
    {
        using var stream = File.Create(path);
        if (Path.GetExtension(path) != ".jpg")
        {
            PngEncoder.Encode(picture, stream);
            return;
        }

        using var bitmap = Pixels.Write(picture);
        using var file = bitmap.Encode(SKEncodedImageFormat.Jpeg, JpegQuality);
        file.SaveTo(stream);
    }

    private static string Stem(string file) => Path.GetFileNameWithoutExtension(file);

    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]*\.(png|jpg)\z")]
    private static partial Regex FileNames();

    /// <param name="File">Its name in the folder; .jpg is written as JPEG, all else as PNG.</param>
    /// <param name="Setting">Name of a setting, or <see cref="Smear"/>, which draws what it likes.</param>
    /// <param name="Seed">The same seed gives the same picture.</param>
    /// <param name="Width">In pixels.</param>
    /// <param name="Height">In pixels.</param>
    /// <param name="Things">Plurals, with how many of each.</param>
    /// <param name="Reel">Its place in the row of small pictures, from 1; 0 where it is not in there.</param>
    private sealed record GalleryPicture(
        string File, string Setting, long Seed, int Width = 0, int Height = 0,
        IReadOnlyDictionary<string, int>? Things = null, int Reel = 0);
}
