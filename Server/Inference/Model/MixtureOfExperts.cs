using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>Each row goes to its likeliest experts and comes back as their sum, weighted by probability.</summary>
/// <remarks>
/// Probabilities are a softmax over all experts and are not renormalised over those chosen: their sum stays below 1.
/// Rows are grouped by expert, so that each expert's weights pass through once a batch, and only those of experts that
/// were chosen. A row adds its experts in the order of their numbers, whatever the batch.
/// </remarks>
internal sealed unsafe class MixtureOfExperts(
    ModelConfig config, WeightScope scope, WeightLoader loader, MixtureWorkspace workspace, string tracePrefix,
    ThreadTeam team) : FeedForward
{
    /// <summary>Rows that go through at a time: each takes its experts' inner activations.</summary>
    private const int MaxRows = 768;

    private readonly int _expertsPerToken = config.ExpertsPerToken;
    private readonly PackedMatrix _router = loader.ExactMatrix(scope, "gate", config.ExpertCount, config.HiddenSize);
    private readonly Expert[] _experts = [.. Enumerable.Range(0, config.ExpertCount)
        .Select(i => Expert.Load(config, scope.Scope($"experts.{i}"), loader))];

    public override void Forward(Tensor x, Tensor y, ForwardTrace? trace)
    {
        for (var begin = 0; begin < x.Rows; begin += MaxRows)
        {
            var offset = (nint)begin * x.Columns;
            Forward(x.Data + offset, Math.Min(MaxRows, x.Rows - begin), x.Columns, y.Data + offset, trace);
        }
    }

    private void Forward(float* x, int rows, int width, float* y, ForwardTrace? trace)
    {
        var probabilities = workspace.Probabilities;
        probabilities.Resize(rows);
        MatMul.Forward(x, width, rows, _router, probabilities.Data, probabilities.Columns, team);
        trace?.Invoke($"{tracePrefix}_router_logits", probabilities.Span);
        workspace.BeginChoice();
        for (var row = 0; row < rows; row++) Choose(row, probabilities.Row(row));
        workspace.EndChoice(rows, _expertsPerToken);
        if (trace is not null) TraceChoice(rows, trace);

        var result = workspace.Result;
        if (IntegerJobs.CanFeed(_experts[0].UpGate, _experts[0].Down))
        {
            FeedForward(x, width);
        }
        else
        {
            var (fused, inner) = (workspace.Fused, workspace.Inner);
            Tensor.Resize(result.Rows, fused, inner);
            Multiply(x, width, workspace.SourceRows, expert => expert.UpGate, fused);
            SwiGlu.Forward(fused, inner, team);
            Multiply(inner.Data, inner.Columns, null, expert => expert.Down, result);
        }

        WeightedSum.Forward(
            result.Data, workspace.Places, workspace.Weights, _expertsPerToken, y, rows, width, team);
    }

    public override void Dispose()
    {
        _router.Dispose();
        foreach (var expert in _experts)
        {
            expert.UpGate.Dispose();
            expert.Down.Dispose();
        }
    }

    /// <summary>Every chosen expert, of its places' rows.</summary>
    private void FeedForward(float* x, int width)
    {
        var (ups, downs, result) = (workspace.Products, workspace.SecondProducts, workspace.Result);
        ups.Clear();
        downs.Clear();
        var first = 0;
        for (var expert = 0; expert < _experts.Length; expert++)
        {
            var rows = workspace.RowsOf(expert).Length;
            if (rows == 0) continue;
            var (up, down) = (_experts[expert].UpGate, _experts[expert].Down);
            var target = result.Data + ((nint)first * result.Columns);
            ups.Add(new IntegerProduct(x, width, workspace.SourceRows + first, rows, up, null, 0));
            downs.Add(new IntegerProduct(null, 0, null, rows, down, target, result.Columns));
            first += rows;
        }

        IntegerJobs.RunFeedForward(ups.Pointer, downs.Pointer, ups.Count, Activation.SwiGlu, team);
    }

    /// <summary>Every chosen expert's product, of its places' rows.</summary>
    /// <param name="x">[any rows, width].</param>
    /// <param name="width">Floats a row of x.</param>
    /// <param name="sourceRows">[places]: each place's row of x; null where x has a row for each place.</param>
    /// <param name="weightOf">An expert's matrix.</param>
    /// <param name="y">[places, outputs].</param>
    private void Multiply(float* x, int width, int* sourceRows, Func<Expert, PackedMatrix> weightOf, Tensor y)
    {
        var first = 0;
        for (var expert = 0; expert < _experts.Length; expert++)
        {
            var rows = workspace.RowsOf(expert).Length;
            if (rows == 0) continue;
            var source = sourceRows is null
                ? x + ((nint)first * width)
                : Gather(x, width, sourceRows + first, rows);
            MatMul.Forward(
                source, width, rows, weightOf(_experts[expert]), y.Data + ((nint)first * y.Columns), y.Columns, team);
            first += rows;
        }
    }

    private float* Gather(float* x, int width, int* sourceRows, int rows)
    {
        workspace.Gathered.Resize(rows);
        for (var i = 0; i < rows; i++)
            new Span<float>(x + ((nint)sourceRows[i] * width), width).CopyTo(workspace.Gathered.Row(i));
        return workspace.Gathered.Data;
    }

    private void Choose(int row, Span<float> logits)
    {
        fixed (float* pointer = logits) Softmax.Row(pointer, logits.Length);
        for (var k = 0; k < _expertsPerToken; k++)
        {
            var best = 0;
            for (var expert = 1; expert < logits.Length; expert++)
            {
                if (logits[expert] > logits[best]) best = expert;
            }

            workspace.Add(best, row, logits[best]);
            logits[best] = -1;
        }
    }

    private void TraceChoice(int rows, ForwardTrace trace)
    {
        var experts = new float[rows * _expertsPerToken];
        var weights = new float[rows * _expertsPerToken];
        var counts = new int[rows];
        for (var expert = 0; expert < _experts.Length; expert++)
        {
            foreach (var (row, weight) in workspace.RowsOf(expert))
            {
                experts[(row * _expertsPerToken) + counts[row]] = expert;
                weights[(row * _expertsPerToken) + counts[row]++] = weight;
            }
        }

        trace($"{tracePrefix}_experts", experts);
        trace($"{tracePrefix}_expert_weights", weights);
    }

    private sealed record Expert(PackedMatrix UpGate, PackedMatrix Down)
    {
        public static Expert Load(ModelConfig config, WeightScope scope, WeightLoader loader) => new(
            loader.Stacked(
                config.HiddenSize, hasBias: false,
                new(scope, "up_proj", config.FeedForwardSize), new(scope, "gate_proj", config.FeedForwardSize)),
            loader.Matrix(scope, "down_proj", config.HiddenSize, config.FeedForwardSize));
    }
}

/// <summary>A row that an expert works on, and what its result counts.</summary>
internal readonly record struct ExpertRow(int Row, float Weight);

/// <summary>Choices and activations that the mixture layers use in turn.</summary>
/// <remarks>
/// A place is one row's turn with one of its experts. An expert's places follow each other, in the order of its rows.
/// </remarks>
internal sealed unsafe class MixtureWorkspace(ModelConfig config) : IDisposable
{
    private readonly List<ExpertRow>[] _rowsOf =
        [.. Enumerable.Range(0, config.ExpertCount).Select(_ => new List<ExpertRow>())];
    private readonly PinnedList<int> _sourceRows = new();
    private readonly PinnedList<int> _places = new();
    private readonly PinnedList<float> _weights = new();

    /// <summary>[rows, experts].</summary>
    public Tensor Probabilities { get; } = new(0, config.ExpertCount);

    /// <summary>[rows of one expert, hiddenSize].</summary>
    public Tensor Gathered { get; } = new(0, config.HiddenSize);

    /// <summary>[places, 2 * feedForwardSize], where the steps go one by one.</summary>
    public Tensor Fused { get; } = new(0, 2 * config.FeedForwardSize);

    /// <summary>[places, feedForwardSize], where the steps go one by one.</summary>
    public Tensor Inner { get; } = new(0, config.FeedForwardSize);

    /// <summary>[places, hiddenSize].</summary>
    public Tensor Result { get; } = new(0, config.HiddenSize);

    /// <summary>One for each chosen expert.</summary>
    public PinnedList<IntegerProduct> Products { get; } = new();

    /// <summary>One for each chosen expert: what comes after.</summary>
    public PinnedList<IntegerProduct> SecondProducts { get; } = new();

    /// <summary>[places]: each place's row.</summary>
    public int* SourceRows => _sourceRows.Pointer;

    /// <summary>[rows, experts a token]: each row's places, by rising expert.</summary>
    public int* Places => _places.Pointer;

    /// <summary>[rows, experts a token]: what the results at these places count.</summary>
    public float* Weights => _weights.Pointer;

    /// <summary>The rows that chose an expert, in their order.</summary>
    public ReadOnlySpan<ExpertRow> RowsOf(int expert) => CollectionsMarshal.AsSpan(_rowsOf[expert]);

    public void BeginChoice()
    {
        foreach (var rows in _rowsOf) rows.Clear();
        _sourceRows.Clear();
        _places.Clear();
        _weights.Clear();
    }

    public void Add(int expert, int row, float weight) => _rowsOf[expert].Add(new ExpertRow(row, weight));

    /// <summary>Numbers the places and makes room for them.</summary>
    public void EndChoice(int rows, int expertsPerToken)
    {
        var places = rows * expertsPerToken;
        for (var i = 0; i < places; i++)
        {
            // Filled in below: less than zero is free.
            _places.Add(-1);
            _weights.Add(0);
        }

        foreach (var chosen in _rowsOf)
        {
            foreach (var (row, weight) in chosen)
            {
                var place = row * expertsPerToken;
                while (_places[place] >= 0) place++;
                (_places[place], _weights[place]) = (_sourceRows.Count, weight);
                _sourceRows.Add(row);
            }
        }

        Result.Resize(places);
    }

    public void Dispose() => Tensor.Dispose(Probabilities, Gathered, Fused, Inner, Result);
}
