using Molmo.Demo.Inference;
using Molmo.Demo.Inference.Model;

namespace Molmo.Demo.Server.Engines;

/// <summary>
/// Where the packed files of a checkpoint are: in a Hub cache beside the snapshots of the repository, which the Hub's
/// own client leaves alone and deletes with it; else in the checkpoint's folder; where that cannot be written, in the
/// person's cache.
/// </summary>
internal static class PackedPlaces
{
    private const string Folder = "packed";

    /// <summary>Paths to look at, in this order; the first that can be written is where a new file goes.</summary>
    public static IReadOnlyList<string> Of(Checkpoint checkpoint, WeightPrecision precision, VisionPrecision vision)
    {
        var name = NameOf(checkpoint.Revision, precision, vision.With(precision, checkpoint.Config.Family));
        return [Path.Combine(checkpoint.Repository ?? checkpoint.Folder, Folder, name),
            Path.Combine(Cache(), "molmo-demo", Folder, name)];
    }

    /// <summary>
    /// Says what the file holds, whatever the defaults are: one that was made under others is not found. The revision
    /// stands for the content, so a checkpoint that changed does not find the file of the old one.
    /// </summary>
    internal static string NameOf(string revision, WeightPrecision precision, WeightPrecision encoder)
    {
        var isUsual = encoder == precision || (precision, encoder) is (WeightPrecision.Int4, WeightPrecision.Int8);
        var other = isUsual ? "" : $"-vision-{encoder.Name()}";
        return $"{revision}-{precision.Name()}{other}{PackedWeights.Extension}";
    }

    /// <summary>Makes the folder of the first path that can be written.</summary>
    /// <exception cref="IOException">None can.</exception>
    public static string Prepare(IReadOnlyList<string> paths)
    {
        foreach (var path in paths)
        {
            var folder = Path.GetDirectoryName(path)!;
            try
            {
                Directory.CreateDirectory(folder);
                File.Create(Path.Combine(folder, Path.GetRandomFileName()), 1, FileOptions.DeleteOnClose).Dispose();
                return path;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException && path != paths[^1])
            {
            }
        }

        throw new IOException("No folder for packed files was named.");
    }

    private static string Cache()
        => Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
}
