using System.Runtime.Intrinsics;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>The network on the processor, in float32, from weights of any precision, without native code.</summary>
/// <remarks>
/// A sequence's logits do not depend on the other sequences of its batch nor on the number of threads, to the last bit.
/// A decode step of a size seen before allocates nothing.
/// </remarks>
public sealed unsafe class ManagedModelRunner : IModelRunner
{
    /// <summary>Positions of a key/value block.</summary>
    public const int PositionsPerBlock = KeyValueBlocks.BlockSize;

    private readonly ModelConfig _config;
    private readonly ThreadTeam _team;
    private readonly PackedFile? _packed;
    private readonly ImageEncoder _images;
    private readonly TextDecoder _decoder;
    private readonly KvCache _cache;
    private readonly ForwardPlan _plan = new();
    private readonly Tensor _x;
    private ForwardTrace? _trace;

    private ManagedModelRunner(
        ModelConfig config, WeightStore weights, PackedFile? packed, RunnerSettings settings,
        IProgress<double>? progress, CancellationToken cancellationToken)
    {
        _config = config;
        _packed = packed;
        Precision = settings.Weights.Name();
        _team = new ThreadTeam(settings.Threads);
        try
        {
            WeightLoader loader = packed is null
                ? new ConvertingLoader(weights, settings.Weights, _team.Size, progress, cancellationToken)
                : new PackedLoader(packed, settings.Weights);
            _decoder = new TextDecoder(config, weights.Root, loader, _team);
            _images = new ImageEncoder(
                config, weights.Root, loader.With(settings.Vision.With(settings.Weights, config.Family)), _team);
            _cache = new KvCache(config, settings.KeyValueBlocks);
            _x = new Tensor(0, config.HiddenSize);
        }
        catch
        {
            // What was loaded so far is freed with the objects that hold it.
            _team.Dispose();
            throw;
        }
    }

    public int VocabularySize => _config.EmbeddingSize;

    public int MaxPositions => _config.MaxPositions;

    public int BlockSize => KeyValueBlocks.BlockSize;

    public int BlockCapacity => _cache.BlockCount;

    public string Device => $"CPU, {VectorBits}-bit vectors, {_team.Size} {(_team.Size == 1 ? "thread" : "threads")}";

    public string Precision { get; }

    /// <summary>Sees intermediate values; tests only.</summary>
    internal ForwardTrace? Trace
    {
        get => _trace;
        set => _trace = _images.Trace = _decoder.Trace = value;
    }

    public bool MixesPhases => true;

    public IPictureFeatures BeginPicture(ImageInputs image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return _images.Begin(image);
    }

    public void CopyBlock(int source, int target) => _cache.Copy(source, target);

    public void Forward(Batch batch, Span<float> logits, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Sequences.Count == 0) return;
        if (logits.Length != (long)batch.Sequences.Count * VocabularySize)
            throw new ArgumentException(
                $"Expected room for {batch.Sequences.Count} x {VocabularySize} logits, found {logits.Length}.",
                nameof(logits));
        _plan.Build(batch, MaxPositions, BlockCapacity);
        _x.Resize(_plan.RowCount);
        _decoder.Embed(_plan.TokenIds, _x);
        for (var i = 0; i < batch.Sequences.Count; i++)
            AddImage(batch.Sequences[i], _plan.FirstRowOf(i), cancellationToken);
        _trace?.Invoke("embeds", _x.Span);
        fixed (float* target = logits) _decoder.Forward(_x, _plan, _cache, target, cancellationToken);

        // The tensors are read by address: nothing may free them while a kernel runs.
        GC.KeepAlive(this);
    }

    public void Dispose()
    {
        _team.Dispose();
        _images.Dispose();
        _decoder.Dispose();
        _cache.Dispose();
        _x.Dispose();
        _packed?.Dispose();
    }

    /// <summary>Brings a checkpoint's weights into memory.</summary>
    /// <param name="checkpoint">Opened and checked.</param>
    /// <param name="settings">Memory and threads.</param>
    /// <param name="progress">Share of the weights loaded, 0 to 1.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <exception cref="ModelFormatException">The files changed since they were checked, or do not fit in
    /// memory.</exception>
    public static ManagedModelRunner Load(
        Checkpoint checkpoint, RunnerSettings settings, IProgress<double>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(settings);
        var needed = WeightManifest.BytesOf(checkpoint.Config, settings.Weights, settings.Vision);
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed > available)
        {
            throw new ModelFormatException(
                checkpoint.Folder, null, $"the weights take {Gigabytes(needed)} of memory in "
                    + $"{settings.Weights.Name()}, and this machine has {Gigabytes(available)}.");
        }

        using var weights = WeightStore.Open(checkpoint.Folder);
        return Load(checkpoint.Config, weights, settings, progress, cancellationToken).Warm(cancellationToken);
    }

    /// <summary>Takes a checkpoint's weights from a packed file, where they stay.</summary>
    /// <param name="checkpoint">Opened and checked.</param>
    /// <param name="packed">The file, opened for this checkpoint; disposed with the runner, also where this
    /// throws.</param>
    /// <param name="settings">Memory and threads; the precisions are the file's.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <exception cref="ModelFormatException">The file does not hold this network.</exception>
    public static ManagedModelRunner Load(
        Checkpoint checkpoint, PackedWeights packed, RunnerSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(packed);
        ArgumentNullException.ThrowIfNull(settings);
        WeightStore weights;
        try
        {
            weights = WeightStore.Open(checkpoint.Folder);
        }
        catch
        {
            packed.Dispose();
            throw;
        }

        using (weights)
            return Load(checkpoint.Config, weights, packed.File,
                settings with { Weights = packed.Precision, Vision = packed.Vision }, cancellationToken)
                .Warm(cancellationToken);
    }

    internal static ManagedModelRunner Load(
        ModelConfig config, WeightStore weights, RunnerSettings settings, IProgress<double>? progress,
        CancellationToken cancellationToken)
        => new(config, weights, packed: null, settings, progress, cancellationToken);

    /// <summary>The same from a packed file, which is disposed with the runner, also where this throws.</summary>
    internal static ManagedModelRunner Load(
        ModelConfig config, WeightStore weights, PackedFile packed, RunnerSettings settings,
        CancellationToken cancellationToken)
    {
        try
        {
            return new(config, weights, packed, settings, progress: null, cancellationToken);
        }
        catch
        {
            packed.Dispose();
            throw;
        }
    }

    private ManagedModelRunner Warm(CancellationToken cancellationToken)
    {
        try
        {
            WarmUp(cancellationToken);
            return this;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>
    /// One token: brings the weights near and compiles the kernels that go over them, within seconds also for the
    /// largest.
    /// </summary>
    private void WarmUp(CancellationToken cancellationToken)
    {
        var sequence = new Sequence(new Prompt([0], null));
        sequence.AddBlock(0);
        Forward(new Batch(Phase.Prefill, [sequence]), new float[VocabularySize], cancellationToken);
    }

    private static string Gigabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB");

    /// <summary>Bits of the vectors that it computes with.</summary>
    public static int VectorBits { get; } =
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    /// <summary>Threads that a setting stands for: 0 is one a core.</summary>
    public static int ThreadsOf(int setting) => setting == 0 ? Environment.ProcessorCount : setting;

    /// <summary>Memory that the weights take.</summary>
    public static long BytesOfWeights(
        ModelConfig config, WeightPrecision precision, VisionPrecision vision = VisionPrecision.Auto)
        => WeightManifest.BytesOf(config, precision, vision);

    /// <summary>Memory that the keys and values of a block take, all layers together.</summary>
    public static long BytesPerBlock(ModelConfig config)
        => 2L * sizeof(float) * PositionsPerBlock * config.LayerCount * config.KeyValueSize;

    /// <summary>Adds a picture's features to the embeddings of its tokens, as far as the pass computes them.</summary>
    private void AddImage(Sequence sequence, int firstRow, CancellationToken cancellationToken)
    {
        if (sequence.Image is not { } image || !sequence.NeedsPicture) return;
        if (sequence.Features is ImageEncoder.PictureEncoding { IsComplete: true } there)
        {
            AddFeatures(sequence, image, there.Tokens, firstRow);
            return;
        }

        using var made = _images.Begin(image).Complete(cancellationToken);
        AddFeatures(sequence, image, made.Tokens, firstRow);
    }

    private void AddFeatures(Sequence sequence, ImageInputs image, Tensor features, int firstRow)
    {
        for (var token = 0; token < image.ImageTokenPositions.Length; token++)
        {
            // Positions below zero are features that no token takes.
            var position = image.ImageTokenPositions[token];
            if (position >= sequence.TokenIds.Count)
                throw new ArgumentException($"A picture's feature belongs to position {position}, "
                    + $"but the sequence has {sequence.TokenIds.Count} tokens.");
            if (position < sequence.ComputedCount || position >= sequence.PassEnd) continue;
            Residual.Add(_x.Row(firstRow + position - sequence.ComputedCount), features.Row(token));
        }
    }
}
