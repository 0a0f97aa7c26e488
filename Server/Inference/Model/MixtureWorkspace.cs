using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Model;

/// <summary>A row that an expert works on, and what its result counts.</summary>
internal readonly record struct ExpertRow(int Row, float Weight);

/// <summary>Choices and activations that the mixture layers use in turn.</summary>
internal sealed class MixtureWorkspace(ModelConfig config) : IDisposable
{
    private readonly List<ExpertRow>[] _rowsOf = [.. Enumerable.Range(0, config.ExpertCount).Select(_ => new List<ExpertRow>())];

    /// <summary>[rows, experts].</summary>
    public Tensor Probabilities { get; } = new(0, config.ExpertCount);

    /// <summary>[rows of one expert, hiddenSize].</summary>
    public Tensor Gathered { get; } = new(0, config.HiddenSize);

    /// <summary>[rows of one expert, 2 * feedForwardSize].</summary>
    public Tensor Fused { get; } = new(0, 2 * config.FeedForwardSize);

    /// <summary>[rows of one expert, feedForwardSize].</summary>
    public Tensor Inner { get; } = new(0, config.FeedForwardSize);

    /// <summary>[rows of one expert, hiddenSize].</summary>
    public Tensor Result { get; } = new(0, config.HiddenSize);

    /// <summary>The rows that chose an expert, in their order.</summary>
    public ReadOnlySpan<ExpertRow> RowsOf(int expert) => CollectionsMarshal.AsSpan(_rowsOf[expert]);

    public void BeginChoice()
    {
        foreach (var rows in _rowsOf) rows.Clear();
    }

    public void Add(int expert, int row, float weight) => _rowsOf[expert].Add(new ExpertRow(row, weight));

    public void Resize(int rows)
    {
        Gathered.Resize(rows);
        Fused.Resize(rows);
        Inner.Resize(rows);
        Result.Resize(rows);
    }

    public void Dispose()
    {
        Probabilities.Dispose();
        Gathered.Dispose();
        Fused.Dispose();
        Inner.Dispose();
        Result.Dispose();
    }
}
