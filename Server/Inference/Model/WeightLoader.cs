using System.Runtime.ExceptionServices;
using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>Part of a matrix that is stacked from several stored ones.</summary>
/// <param name="Scope">Where it is stored.</param>
/// <param name="Name">Without <c>.weight</c> or <c>.bias</c>.</param>
/// <param name="Outputs">Rows of the part.</param>
internal readonly record struct MatrixPart(WeightScope Scope, string Name, int Outputs);

/// <summary>Brings stored weights into the form that the kernels read, and counts how far it is.</summary>
internal sealed class WeightLoader
{
    /// <summary>Inputs of a panel that are packed at a time, whole blocks: their 32 KiB stay in the first-level cache while every output's values are strewn over them.</summary>
    private const int PieceLength = 256;

    private readonly WeightStore _store;
    private readonly WeightPrecision _precision;
    private readonly long _total;
    private readonly IProgress<double>? _progress;
    private readonly ParallelOptions _options;
    private long _done;
    private long _unreleased;

    /// <param name="store">Where the weights are.</param>
    /// <param name="precision">How large matrices are kept; converted piece by piece.</param>
    /// <param name="threads">Threads that convert.</param>
    /// <param name="progress">Share of the weights loaded, 0 to 1.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    public WeightLoader(WeightStore store, WeightPrecision precision, int threads, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        _store = store;
        _precision = precision;
        _total = Math.Max(1, store.StoredLength);
        _progress = progress;
        _options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
    }

    /// <summary>Bytes of the files that are read before the memory they take is given back.</summary>
    public long ReleaseLength { get; init; } = 256 << 20;

    /// <summary>A stored vector: [1, length].</summary>
    public Tensor Vector(WeightScope scope, string name, int length)
    {
        var stored = scope.Tensor(name, length);
        var tensor = new Tensor(1, length);
        stored.Read(0, tensor.Span);
        Count(stored.StoredLength);
        return tensor;
    }

    /// <summary>A stored table, row after row.</summary>
    public Tensor Table(WeightScope scope, string name, int rows, int columns)
    {
        var stored = scope.Tensor(name, rows, columns);
        var tensor = new Tensor(rows, columns);
        Parallel.For(0, rows, _options, row => stored.Read((long)row * columns, tensor.Row(row)));
        Count(stored.StoredLength);
        return tensor;
    }

    /// <summary>A stored table of which single rows are read, kept like the large matrices.</summary>
    public PackedMatrix PackedTable(WeightScope scope, string name, int rows, int columns)
    {
        var matrix = new PackedMatrix(rows, columns, hasBias: false, _precision);
        Pack(scope, name, matrix, 0, rows);
        return matrix;
    }

    /// <summary>A small matrix that stays float32 in every precision.</summary>
    public PackedMatrix ExactMatrix(WeightScope scope, string name, int outputs, int inputs)
    {
        var matrix = new PackedMatrix(outputs, inputs, hasBias: false);
        Pack(scope, $"{name}.weight", matrix, 0, outputs);
        return matrix;
    }

    /// <summary>A packed matrix from <c>name.weight</c> and, if it has one, <c>name.bias</c>.</summary>
    public PackedMatrix Matrix(WeightScope scope, string name, int outputs, int inputs, bool hasBias = false)
        => Stacked(inputs, hasBias, new MatrixPart(scope, name, outputs));

    /// <summary>One packed matrix from several with the same inputs, so that one product serves them all.</summary>
    public PackedMatrix Stacked(int inputs, bool hasBias, params ReadOnlySpan<MatrixPart> parts)
    {
        var outputs = 0;
        foreach (var part in parts) outputs += part.Outputs;
        var matrix = new PackedMatrix(outputs, inputs, hasBias, _precision);
        var first = 0;
        foreach (var part in parts)
        {
            Pack(part.Scope, $"{part.Name}.weight", matrix, first, part.Outputs);
            if (hasBias) SetBias(part.Scope.Tensor($"{part.Name}.bias", part.Outputs), matrix, first, part.Outputs);
            first += part.Outputs;
        }

        return matrix;
    }

    private void Pack(WeightScope scope, string name, PackedMatrix matrix, int first, int outputs)
    {
        var stored = scope.Tensor(name, outputs, matrix.Inputs);
        // A panel's rows go to one thread: they share cache lines.
        var firstPanel = first / PackedMatrix.PanelWidth;
        var endPanel = (first + outputs - 1) / PackedMatrix.PanelWidth + 1;
        var step = (int)Math.Max(1, ReleaseLength / ((long)matrix.Inputs * PackedMatrix.PanelWidth * stored.Type.Size()));
        for (var panel = firstPanel; panel < endPanel; panel += step)
        {
            Pack(scope, name, stored, matrix, first, outputs, panel, Math.Min(panel + step, endPanel));
            CountRead(Math.Min(step, endPanel - panel) * (stored.StoredLength / (endPanel - firstPanel)));
        }

        Count(stored.StoredLength);
    }

    private void Pack(WeightScope scope, string name, WeightTensor stored, PackedMatrix matrix, int first, int outputs, int firstPanel, int endPanel)
        => PerPanel(firstPanel, endPanel, panel =>
        {
            var begin = Math.Max(first, panel * PackedMatrix.PanelWidth);
            var end = Math.Min(first + outputs, (panel + 1) * PackedMatrix.PanelWidth);
            Span<float> piece = stackalloc float[PieceLength];
            for (var input = 0; input < matrix.Inputs; input += PieceLength)
            {
                var part = piece[..Math.Min(PieceLength, matrix.Inputs - input)];
                for (var output = begin; output < end; output++)
                {
                    stored.Read(((long)(output - first) * matrix.Inputs) + input, part);
                    if (!matrix.SetRow(output, input, part)) throw scope.Unfit(name, matrix.Precision);
                }
            }
        });

    /// <summary>Keeps the part of the files that counts as this process's memory small while its converted form grows.</summary>
    private void CountRead(long bytes)
    {
        _unreleased += bytes;
        if (_unreleased < ReleaseLength) return;
        _store.Release();
        _unreleased = 0;
    }

    private void PerPanel(int first, int end, Action<int> pack)
    {
        try
        {
            Parallel.For(first, end, _options, pack);
        }
        catch (AggregateException e) when (e.InnerException is ModelFormatException)
        {
            ExceptionDispatchInfo.Throw(e.InnerException);
        }
    }

    private void SetBias(WeightTensor stored, PackedMatrix matrix, int first, int outputs)
    {
        var bias = new float[outputs];
        stored.Read(0, bias);
        matrix.SetBias(first, bias);
        Count(stored.StoredLength);
    }

    private void Count(long bytes)
    {
        _options.CancellationToken.ThrowIfCancellationRequested();
        _done += bytes;
        _progress?.Report(Math.Min(1, (double)_done / _total));
    }
}
