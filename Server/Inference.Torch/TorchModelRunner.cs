using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Torch.Modules;
using Molmo.Demo.Inference.Torch.Native;
using Molmo.Demo.Inference.Weights;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch;

/// <summary>The network through libtorch, on a GPU or on the processor.</summary>
/// <remarks>
/// libtorch chooses kernels by the size of a batch: a sequence's logits differ by rounding with the other sequences of
/// its batch. The same batch gives the same logits each time.
/// </remarks>
public sealed class TorchModelRunner : ISamplingRunner
{
    /// <summary>Positions of a key/value block.</summary>
    public const int PositionsPerBlock = ManagedModelRunner.PositionsPerBlock;

    private readonly ModelConfig _config;
    private readonly TensorFormat _format;
    private readonly MolmoModel _model;
    private readonly KeyValueMemory _memory;
    private readonly DecodeStep _step;
    private readonly DeviceSampler _sampler;
    private readonly ForwardPlan _plan = new();

    private TorchModelRunner(
        ModelConfig config, TensorFormat format, MolmoModel model, KeyValueMemory memory, DevicePlace place,
        string precision)
    {
        _config = config;
        _format = format;
        _model = model;
        _memory = memory;
        _step = new DecodeStep(config, model.Decoder, memory, format);
        _sampler = new DeviceSampler(config.EmbeddingSize, format.Device);
        (Device, GpuName, Threads) = (place.Name, place.Gpu, place.Threads);
        Precision = precision;
    }

    public int VocabularySize => _config.EmbeddingSize;

    public int MaxPositions => _config.MaxPositions;

    public int BlockSize => PositionsPerBlock;

    public int BlockCapacity => _memory.BlockCount;

    /// <summary>
    /// Such as <c>NVIDIA H100 80GB HBM3, libtorch 2.10.0</c> or <c>CPU, libtorch 2.10.0, 2 threads</c>.
    /// </summary>
    public string Device { get; }

    /// <summary>Name of the GPU; null on a processor.</summary>
    public string? GpuName { get; }

    /// <summary>Threads of the processor.</summary>
    public int Threads { get; }

    public string Precision { get; }

    /// <summary>Sees intermediate values, and steps go through the modules then; tests only.</summary>
    internal ForwardTrace? Trace
    {
        get => _model.Trace;
        set => _model.Trace = value;
    }

    /// <summary>Whether single new rows go through compiled steps; tests compare with the modules.</summary>
    internal bool UsesCompiledSteps { get; set; } = true;

    /// <summary>
    /// Brings a checkpoint's weights onto a device. <see cref="LibTorch.Load"/> must have been called.
    /// </summary>
    /// <param name="checkpoint">Opened and checked.</param>
    /// <param name="settings">Device, precision and memory.</param>
    /// <param name="progress">Share of the weights loaded, 0 to 1.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <exception cref="ModelFormatException">The files changed since they were checked.</exception>
    /// <exception cref="DeviceMemoryException">The weights do not fit on the device.</exception>
    public static TorchModelRunner Load(
        Checkpoint checkpoint, TorchSettings settings, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        using var weights = WeightStore.Open(checkpoint.Folder);
        return Load(checkpoint.Config, weights, settings, progress, cancellationToken);
    }

    internal static TorchModelRunner Load(
        ModelConfig config, WeightStore weights, TorchSettings settings, IProgress<double>? progress,
        CancellationToken cancellationToken)
        => Guarded(
            () => Create(config, settings, model => WeightReader.Read(model, weights, progress, cancellationToken)));

    /// <summary>
    /// A network of random weights that are made on the device, so that a size can be tried without a checkpoint.
    /// What it answers has no meaning.
    /// </summary>
    internal static TorchModelRunner CreateRandom(ModelConfig config, TorchSettings settings)
        => Guarded(() => Create(config, settings, model =>
        {
            using var scope = NewDisposeScope();
            foreach (var parameter in model.parameters()) nn.init.normal_(parameter, 0, 0.02);
            model.Vision.FitPositions();
        }));

    /// <summary>Memory that the weights take on a device.</summary>
    public static long BytesOfWeights(ModelConfig config, TorchPrecision precision)
    {
        ArgumentNullException.ThrowIfNull(config);
        return WeightManifest.CountOf(config) * TensorFormat.SizeOf(TensorFormat.TypeOf(precision));
    }

    /// <summary>Memory that the keys and values of a block take, all layers together.</summary>
    public static long BytesPerBlock(ModelConfig config, TorchPrecision precision)
    {
        ArgumentNullException.ThrowIfNull(config);
        return KeyValueMemory.BytesPerBlock(config, TensorFormat.TypeOf(precision));
    }

    public bool MixesPhases => false;

    public IPictureFeatures BeginPicture(ImageInputs image)
    {
        ArgumentNullException.ThrowIfNull(image);
        image.CheckFor(_config.Vision);
        return new TorchPicture(_model, _config, image);
    }

    public void CopyBlock(int source, int target) => Guarded(() =>
    {
        _memory.Copy(source, target);
        return true;
    });

    public void Forward(Batch batch, Span<float> logits, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Sequences.Count == 0) return;
        if (logits.Length != (long)batch.Sequences.Count * VocabularySize)
            throw new ArgumentException(
                $"Expected room for {batch.Sequences.Count} x {VocabularySize} logits, found {logits.Length}.",
                nameof(logits));
        using var scope = NewDisposeScope();
        Guarded(() => Compute(batch, cancellationToken).cpu()).data<float>().CopyTo(logits);
    }

    public void Sample(
        Batch batch, ReadOnlySpan<TokenChoice> choices, Span<int> tokenIds, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (choices.Length != batch.Sequences.Count || tokenIds.Length != choices.Length)
            throw new ArgumentException(
                $"Expected {batch.Sequences.Count} choices and ids, found {choices.Length} and {tokenIds.Length}.",
                nameof(choices));
        if (batch.Sequences.Count == 0) return;
        using var scope = NewDisposeScope();
        TokenChoice[] copies = [.. choices];
        Guarded(() => _sampler.Sample(Compute(batch, cancellationToken), copies)).CopyTo(tokenIds);
    }

    public void Dispose()
    {
        _sampler.Dispose();
        _step.Dispose();
        _memory.Dispose();
        _model.Dispose();
    }

    private static TorchModelRunner Create(ModelConfig config, TorchSettings settings, Action<MolmoModel> fill)
    {
        var place = DevicePlace.Open(settings);
        var format = new TensorFormat(place.Device, TensorFormat.TypeOf(settings.Precision));
        var model = new MolmoModel(config, format);
        KeyValueMemory? memory = null;
        try
        {
            fill(model);
            var blocks = settings.Blocks(
                new TorchMemory(place.FreeBytes(), KeyValueMemory.BytesPerBlock(config, format.Type)));
            memory = new KeyValueMemory(config, format, blocks);
            return new TorchModelRunner(config, format, model, memory, place, settings.Precision.Name());
        }
        catch
        {
            memory?.Dispose();
            model.Dispose();
            throw;
        }
    }

    /// <returns>[sequences, vocabulary], float32, on the device.</returns>
    private Tensor Compute(Batch batch, CancellationToken cancellationToken)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        _plan.Build(batch, MaxPositions, BlockCapacity);
        CheckIds();
        var plan = StepPlan.Create(_plan, _format, _model.Decoder.Positions);
        var x = _model.Decoder.Embed(plan);
        for (var i = 0; i < batch.Sequences.Count; i++)
            x = AddImage(x, batch.Sequences[i], _plan.FirstRowOf(i), cancellationToken);
        Trace.Report("embeds", x);
        x = plan.Context is not null && UsesCompiledSteps && Trace is null
            ? _step.Forward(x, plan)
            : _model.Decoder.Forward(x, plan, _memory, lastRowsOnly: plan.Context is null, cancellationToken);
        return _model.Decoder.Logits(x).MoveToOuterDisposeScope();
    }

    /// <summary>An index beyond a table would end a GPU's work for good.</summary>
    private void CheckIds()
    {
        var most = _config.EmbeddingSize + _config.AdditionalVocabularySize;
        foreach (var id in _plan.TokenIds)
            if (id >= most)
                throw new ArgumentOutOfRangeException(nameof(id), id, $"The model embeds ids up to {most - 1}.");
    }

    /// <summary>Adds a picture's features to the embeddings of its tokens, as far as the pass computes them.</summary>
    private Tensor AddImage(Tensor x, Sequence sequence, int firstRow, CancellationToken cancellationToken)
    {
        if (sequence.Image is not { } image || !sequence.NeedsPicture) return x;
        var moves = new List<long>();
        var tokens = new List<long>();
        for (var token = 0; token < image.ImageTokenPositions.Length; token++)
        {
            // Positions below zero are features that no token takes.
            var position = image.ImageTokenPositions[token];
            if (position >= sequence.TokenIds.Count)
                throw new ArgumentException(
                    $"A picture's feature belongs to position {position}, "
                    + $"but the sequence has {sequence.TokenIds.Count} tokens.");
            if (position < sequence.ComputedCount || position >= sequence.PassEnd) continue;
            moves.Add(firstRow + position - sequence.ComputedCount);
            tokens.Add(token);
        }

        if (moves.Count == 0) return x;
        var features = sequence.Features is TorchPicture { IsComplete: true } there
            ? there.Select(tokens, x.device)
            : _model.Encode(image, cancellationToken).index_select(0, tensor(tokens, device: x.device));
        return x.index_add(0, tensor(moves, device: x.device), features.to(ScalarType.Float32), Scalars.One);
    }

    internal static T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (ExternalException e) when (TorchFaults.Find(e) is { } fault)
        {
            throw fault;
        }
    }
}
