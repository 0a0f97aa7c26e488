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

    private PackedWeights(PackedFile file, WeightPrecision precision, VisionPrecision vision)
    {
        File = file;
        Precision = precision;
        Vision = vision;
    }

    public string Path => File.Path;

    /// <summary>Of the language model's large matrices.</summary>
    public WeightPrecision Precision { get; }

    /// <summary>Of the picture encoder's: the first choice that comes to the same.</summary>
    public VisionPrecision Vision { get; }

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
            var precision = PrecisionOf(identity.Precision);
            var vision = VisionPrecisions.Find(
                    PrecisionOf(identity.Vision), precision, checkpoint.Config.Family)
                ?? throw Unfit("its picture encoder is of a precision that is none for it.");
            return new PackedWeights(file, precision, vision);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        WeightPrecision PrecisionOf(string name)
        {
            foreach (var precision in Enum.GetValues<WeightPrecision>())
                if (precision.Name() == name) return precision;
            throw Unfit($"it is of the unknown precision '{ModelFormatException.Shown(name)}'.");
        }

        ModelFormatException Unfit(string detail) => new(path, null, detail);
    }

    /// <summary>
    /// Converts a checkpoint, one matrix at a time, into a packed file. Until it is whole it has another name.
    /// </summary>
    /// <param name="checkpoint">Opened and checked.</param>
    /// <param name="precision">Of the language model's large matrices.</param>
    /// <param name="vision">Of the picture encoder's.</param>
    /// <param name="path">The file; its folder exists. A file that is there is replaced at the end.</param>
    /// <param name="threads">Threads that convert; 0 for one a core.</param>
    /// <param name="progress">Share of the weights converted, 0 to 1.</param>
    /// <param name="cancellationToken">Ends the converting; nothing is left of it.</param>
    /// <exception cref="ModelFormatException">The checkpoint changed since it was checked, or holds a number that the
    /// precision cannot express.</exception>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public static void Write(
        Checkpoint checkpoint, WeightPrecision precision, VisionPrecision vision, string path, int threads,
        IProgress<double>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        using var weights = WeightStore.Open(checkpoint.Folder);
        var encoder = vision.With(precision, checkpoint.Config.Family);
        using var file = new PackedFileWriter(
            path, IdentityOf(checkpoint.Name, checkpoint.Revision, precision, encoder));
        Write(checkpoint.Config, weights, precision, vision, file, threads, progress, cancellationToken);
    }

    internal static void Write(
        ModelConfig config, WeightStore weights, WeightPrecision precision, VisionPrecision vision,
        PackedFileWriter file, int threads, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        using var team = new ThreadTeam(1);
        var source = new ConvertingLoader(
            weights, precision, threads == 0 ? Environment.ProcessorCount : threads, progress, cancellationToken);
        var loader = new PackingLoader(source, file);
        // In the order in which an answer goes through them: the first one then reads each half of the file forwards.
        using var decoder = new TextDecoder(config, weights.Root, loader, team);
        var encoder = loader.With(vision.With(precision, config.Family));
        using var images = new ImageEncoder(config, weights.Root, encoder, team);
        file.Complete();
    }

    /// <summary>Bytes that a packed file takes on the disk, its table of contents left out.</summary>
    public static long LengthOf(
        Checkpoint checkpoint, WeightPrecision precision, VisionPrecision vision = VisionPrecision.Auto)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return WeightManifest.BytesOf(checkpoint.Config, precision, vision);
    }

    /// <summary>What a file made by this program says of itself.</summary>
    internal static PackedIdentity IdentityOf(
        string model, string revision, WeightPrecision precision, WeightPrecision vision)
        => new(model, revision, precision.Name(), vision.Name(), PackedFormat.Layout);

    public void Dispose() => File.Dispose();
}
