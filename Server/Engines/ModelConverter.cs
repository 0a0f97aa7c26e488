using Molmo.Demo.Inference;
using Molmo.Demo.Inference.Model;

namespace Molmo.Demo.Server.Engines;

/// <summary>From a checkpoint's folder to a packed file, which later starts map.</summary>
internal sealed class ModelConverter
{
    private readonly Checkpoint _checkpoint;
    private readonly WeightPrecision _precision;
    private readonly VisionPrecision _vision;
    private readonly int _threads;

    private ModelConverter(
        Checkpoint checkpoint, WeightPrecision precision, VisionPrecision vision, string path, int threads)
    {
        _checkpoint = checkpoint;
        _precision = precision;
        _vision = vision;
        _threads = threads;
        Path = path;
    }

    /// <summary>Such as <c>molmo-tiny (fe64d78fb6eb)</c>.</summary>
    public string Name => $"{_checkpoint.Name} ({_checkpoint.Revision})";

    /// <summary>Such as <c>int8</c>.</summary>
    public string Precision => _precision.Name();

    /// <summary>The file to be written; its folder is there.</summary>
    public string Path { get; }

    /// <summary>Bytes that it takes, about.</summary>
    public long Length => PackedWeights.LengthOf(_checkpoint, _precision, _vision);

    /// <param name="folder">The checkpoint's.</param>
    /// <param name="options">Precision and threads.</param>
    /// <param name="file">The file to be written; null for the place where every start looks.</param>
    /// <exception cref="StartupException">The checkpoint is broken, or nothing can be written there.</exception>
    public static ModelConverter Open(string folder, MolmoOptions options, string? file)
    {
        var checkpoint = ModelLoader.Open(folder, options);
        var precision = new ManagedLoading(options).ChooseWeights(checkpoint, new ModelMemory());
        try
        {
            var path = PackedPlaces.Prepare(
                file is null
                    ? PackedPlaces.Of(checkpoint, precision, options.Vision)
                    : [System.IO.Path.GetFullPath(file)]);
            return new ModelConverter(checkpoint, precision, options.Vision, path, options.Threads);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The packed file cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Converts, one matrix at a time.</summary>
    /// <param name="progress">Share of the weights converted, 0 to 1.</param>
    /// <param name="cancellationToken">Ends it; nothing is left.</param>
    /// <exception cref="StartupException">A weight cannot be expressed, or the disk is full or fails.</exception>
    public void Write(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        try
        {
            PackedWeights.Write(_checkpoint, _precision, _vision, Path, _threads, progress, cancellationToken);
        }
        catch (ModelFormatException e)
        {
            throw new StartupException(
                $"The model in {_checkpoint.Folder} cannot be converted: {e.Message} Nothing was written.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"Writing {Path} failed: {e.Message} What was written is deleted.", e);
        }
    }
}
