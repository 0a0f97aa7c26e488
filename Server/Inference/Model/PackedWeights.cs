using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>
/// A checkpoint's weights in a file of the form in which the kernels read them: made once, mapped at every later start.
/// </summary>
public sealed class PackedWeights : IDisposable
{
    /// <summary>How names of packed files end.</summary>
    public const string Extension = ".packed";

    private PackedWeights(PackedFile file, WeightPrecision precision)
    {
        File = file;
        Precision = precision;
    }

    public string Path => File.Path;

    /// <summary>Of the large matrices.</summary>
    public WeightPrecision Precision { get; }

    internal PackedFile File { get; }

    /// <summary>
    /// Opens a file and checks that it was made from this checkpoint by a program whose kernels read it.
    /// </summary>
    /// <exception cref="ModelFormatException">It is missing, broken, of another version or of another
    /// checkpoint.</exception>
    public static PackedWeights Open(string path, Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var file = PackedFile.Open(path);
        try
        {
            var (identity, revision) = (file.Identity, checkpoint.Revision);
            if (identity.Revision != revision)
                throw Unfit($"it was made from {ModelFormatException.Shown(identity.Model)} "
                    + $"({ModelFormatException.Shown(identity.Revision)}), "
                    + $"and this checkpoint is {checkpoint.Name} ({revision}).");
            if (identity.Layout != PackedFormat.Layout) throw Unfit("it was made by another version of this program.");
            foreach (var precision in Enum.GetValues<WeightPrecision>())
                if (precision.Name() == identity.Precision) return new PackedWeights(file, precision);
            throw Unfit($"it is of the unknown precision '{ModelFormatException.Shown(identity.Precision)}'.");
        }
        catch
        {
            file.Dispose();
            throw;
        }

        ModelFormatException Unfit(string detail) => new(path, null, detail);
    }

    /// <summary>
    /// Converts a checkpoint, one matrix at a time, into a packed file. Until it is whole it has another name.
    /// </summary>
    /// <param name="checkpoint">Opened and checked.</param>
    /// <param name="precision">Of the large matrices.</param>
    /// <param name="path">The file; its folder exists. A file that is there is replaced at the end.</param>
    /// <param name="threads">Threads that convert; 0 for one a core.</param>
    /// <param name="progress">Share of the weights converted, 0 to 1.</param>
    /// <param name="cancellationToken">Ends the converting; nothing is left of it.</param>
    /// <exception cref="ModelFormatException">The checkpoint changed since it was checked, or holds a number that the
    /// precision cannot express.</exception>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public static void Write(
        Checkpoint checkpoint, WeightPrecision precision, string path, int threads, IProgress<double>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        using var weights = WeightStore.Open(checkpoint.Folder);
        using var file = new PackedFileWriter(
            path, new PackedIdentity(checkpoint.Name, checkpoint.Revision, precision.Name(), PackedFormat.Layout));
        Write(checkpoint.Config, weights, precision, file, threads, progress, cancellationToken);
    }

    internal static void Write(
        ModelConfig config, WeightStore weights, WeightPrecision precision, PackedFileWriter file, int threads,
        IProgress<double>? progress, CancellationToken cancellationToken)
    {
        using var team = new ThreadTeam(1);
        var source = new ConvertingLoader(
            weights, precision, threads == 0 ? Environment.ProcessorCount : threads, progress, cancellationToken);
        var loader = new PackingLoader(source, file);
        // In the order in which an answer goes through them: the first one then reads each half of the file forwards.
        using var decoder = new TextDecoder(config, weights.Root, loader, team);
        using var images = new ImageEncoder(config, weights.Root, loader, team);
        file.Complete();
    }

    /// <summary>Bytes that a packed file takes on the disk, its table of contents left out.</summary>
    public static long LengthOf(Checkpoint checkpoint, WeightPrecision precision)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return WeightManifest.BytesOf(checkpoint.Config, precision);
    }

    public void Dispose() => File.Dispose();
}
