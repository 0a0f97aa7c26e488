using System.Runtime.ExceptionServices;
using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>Brings stored weights into the form that the kernels read, and counts how far it is.</summary>
internal sealed class ConvertingLoader : WeightLoader
{
    /// <summary>
    /// Inputs of a panel that are packed at a time, whole blocks: the 32 KiB of all its outputs lie on the stack.
    /// </summary>
    private const int PieceLength = 256;

    private readonly WeightStore _store;
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
    public ConvertingLoader(
        WeightStore store, WeightPrecision precision, int threads, IProgress<double>? progress,
        CancellationToken cancellationToken)
        : base(precision)
    {
        _store = store;
        _total = Math.Max(1, store.StoredLength);
        _progress = progress;
        _options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
    }

    /// <summary>Bytes of the files that are read before the memory they take is given back.</summary>
    public long ReleaseLength { get; init; } = 256 << 20;

    public override Tensor Vector(WeightScope scope, string name, int length)
    {
        var stored = scope.Tensor(name, length);
        var tensor = new Tensor(1, length);
        stored.Read(0, tensor.Span);
        Count(stored.StoredLength);
        return tensor;
    }

    public override Tensor Table(WeightScope scope, string name, int rows, int columns)
    {
        var stored = scope.Tensor(name, rows, columns);
        var tensor = new Tensor(rows, columns);
        Parallel.For(0, rows, _options, row => stored.Read((long)row * columns, tensor.Row(row)));
        Count(stored.StoredLength);
        return tensor;
    }

    protected override PackedMatrix Pack(
        WeightPrecision precision, string suffix, int inputs, bool hasBias, ReadOnlySpan<MatrixPart> parts)
        => PackParts(precision, suffix, inputs, hasBias, parts);

    /// <inheritdoc cref="WeightLoader.Pack"/>
    public PackedMatrix PackParts(
        WeightPrecision precision, string suffix, int inputs, bool hasBias, ReadOnlySpan<MatrixPart> parts)
    {
        var matrix = new PackedMatrix(OutputsOf(parts), inputs, hasBias, precision);
        var first = 0;
        foreach (var part in parts)
        {
            Pack(part.Scope, part.Name + suffix, matrix, first, part.Outputs);
            if (hasBias) SetBias(part.Scope.Tensor(part.Name + BiasSuffix, part.Outputs), matrix, first, part.Outputs);
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
        var step =
            (int)Math.Max(1, ReleaseLength / ((long)matrix.Inputs * PackedMatrix.PanelWidth * stored.Type.Size()));
        for (var panel = firstPanel; panel < endPanel; panel += step)
        {
            Pack(scope, name, stored, matrix, first, outputs, panel, Math.Min(panel + step, endPanel));
            CountRead(Math.Min(step, endPanel - panel) * (stored.StoredLength / (endPanel - firstPanel)));
        }

        Count(stored.StoredLength);
    }

    private void Pack(
        WeightScope scope, string name, WeightTensor stored, PackedMatrix matrix, int first, int outputs,
        int firstPanel, int endPanel)
        => PerPanel(firstPanel, endPanel, panel =>
        {
            var begin = Math.Max(first, panel * PackedMatrix.PanelWidth);
            var end = Math.Min(first + outputs, (panel + 1) * PackedMatrix.PanelWidth);
            Span<float> rows = stackalloc float[PackedMatrix.PanelWidth * PieceLength];
            for (var input = 0; input < matrix.Inputs; input += PieceLength)
            {
                var length = Math.Min(PieceLength, matrix.Inputs - input);
                for (var output = begin; output < end; output++)
                    stored.Read(((long)(output - first) * matrix.Inputs) + input,
                        rows.Slice((output - begin) * length, length));
                if (!matrix.SetRows(begin, end - begin, input, rows[..((end - begin) * length)]))
                    throw scope.Unfit(name, matrix.Precision);
            }
        });

    /// <summary>
    /// Keeps the part of the files that counts as this process's memory small while its converted form grows.
    /// </summary>
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
