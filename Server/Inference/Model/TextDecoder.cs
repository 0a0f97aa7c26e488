using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>
/// The language model: embeddings in, logits of each sequence's next token out. Keys and values go to the cache.
/// </summary>
internal sealed unsafe class TextDecoder : IDisposable
{
    private readonly ModelConfig _config;
    private readonly ThreadTeam _team;
    private readonly PackedMatrix _embedding;
    private readonly Tensor? _additionalEmbedding;
    private readonly DecoderBlock[] _blocks;
    private readonly Tensor _finalNorm;
    private readonly PackedMatrix _head;
    private readonly RopeTable _rope;
    private readonly DecoderWorkspace _workspace;

    /// <param name="config">Sizes and variants.</param>
    /// <param name="root">The root of all names: one family keeps its output layer there.</param>
    /// <param name="loader">Reads the weights.</param>
    /// <param name="team">Threads.</param>
    public TextDecoder(ModelConfig config, WeightScope root, WeightLoader loader, ThreadTeam team)
    {
        _config = config;
        _team = team;
        var scope = root.Scope("model.transformer");
        _embedding = loader.PackedTable(scope, "wte.embedding", config.EmbeddingSize, config.HiddenSize);
        if (config.AdditionalVocabularySize > 0)
            _additionalEmbedding =
                loader.Table(scope, "wte.new_embedding", config.AdditionalVocabularySize, config.HiddenSize);
        _workspace = new DecoderWorkspace(config);
        _blocks = [.. Enumerable.Range(0, config.LayerCount)
            .Select(i => new DecoderBlock(config, i, scope.Scope($"blocks.{i}"), loader, _workspace, team))];
        _finalNorm = loader.Vector(scope, "ln_f.weight", config.HiddenSize);
        var (headScope, headName) = config.Family == ModelFamily.Olmoe ? (root, "lm_head") : (scope, "ff_out");
        _head = loader.Matrix(headScope, headName, config.EmbeddingSize, config.HiddenSize);
        _rope = new RopeTable(config.MaxPositions, config.HeadSize, config.RopeTheta);
    }

    public ForwardTrace? Trace { get; set; }

    /// <summary>Rows of both tables for token ids; an id below zero is padding and counts as zero.</summary>
    /// <param name="tokenIds">Ids.</param>
    /// <param name="x">[ids, hiddenSize].</param>
    /// <exception cref="ArgumentOutOfRangeException">An id lies beyond both tables.</exception>
    public void Embed(ReadOnlySpan<int> tokenIds, Tensor x)
    {
        var additional = _additionalEmbedding?.Rows ?? 0;
        for (var row = 0; row < tokenIds.Length; row++)
        {
            var id = tokenIds[row];
            if (id < 0) x.Row(row).Clear();
            else if (id < _embedding.Outputs) _embedding.GetRow(id, x.Row(row));
            else if (id < _embedding.Outputs + additional)
                _additionalEmbedding!.Row(id - _embedding.Outputs).CopyTo(x.Row(row));
            else
                throw new ArgumentOutOfRangeException(
                    nameof(tokenIds), id, $"The model embeds ids up to {_embedding.Outputs + additional - 1}.");
        }
    }

    /// <param name="x">[rows, hiddenSize]: embeddings with the picture's features added. Used up.</param>
    /// <param name="plan">Rows and sequences.</param>
    /// <param name="cache">Holds the positions before, takes the new ones.</param>
    /// <param name="logits">[sequences, embeddingSize].</param>
    /// <param name="cancellationToken">Looked at between layers.</param>
    public void Forward(Tensor x, ForwardPlan plan, KvCache cache, float* logits, CancellationToken cancellationToken)
    {
        _workspace.Resize(x.Rows);
        for (var layer = 0; layer < _blocks.Length; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var lastRowsOnly = layer == _blocks.Length - 1 && x.Rows > plan.SequenceCount;
            _blocks[layer].Forward(x, plan, cache.Layer(layer), _rope, lastRowsOnly, Trace);
        }

        RmsNorm.Forward(x, _finalNorm, _config.NormEpsilon, x, _team);
        Trace?.Invoke("final_norm", x.Span);
        MatMul.Forward(x.Data, x.Columns, x.Rows, _head, logits, _config.EmbeddingSize, _team);
    }

    public void Dispose()
    {
        _embedding.Dispose();
        foreach (var block in _blocks) block.Dispose();
        Tensor.Dispose(_additionalEmbedding, _finalNorm);
        _head.Dispose();
        _rope.Dispose();
        _workspace.Dispose();
    }
}

/// <summary>Keys and values of all layers. A block number means the same positions in each layer.</summary>
internal sealed class KvCache(ModelConfig config, int blockCount) : IDisposable
{
    private readonly KeyValueBlocks[] _layers = [.. Enumerable.Range(0, config.LayerCount)
        .Select(_ => new KeyValueBlocks(blockCount, config.KeyValueHeadCount, config.HeadSize))];

    public int BlockCount { get; } =
        blockCount >= 1 ? blockCount : throw new ArgumentOutOfRangeException(nameof(blockCount));

    public KeyValueBlocks Layer(int index) => _layers[index];

    /// <summary>Copies a block of all layers.</summary>
    public void Copy(int source, int target)
    {
        foreach (var layer in _layers) layer.Copy(source, target);
    }

    public void Dispose()
    {
        foreach (var layer in _layers) layer.Dispose();
    }
}
