using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>
/// Matrices that lie in a mapped packed file; nothing of them is copied. The file must outlive the network.
/// </summary>
internal sealed unsafe class PackedLoader(PackedFile file, WeightPrecision precision) : WeightLoader(precision)
{
    public override Tensor Vector(WeightScope scope, string name, int length) => Copy(scope.PathOf(name), 1, length);

    public override Tensor Table(WeightScope scope, string name, int rows, int columns)
        => Copy(scope.PathOf(name), rows, columns);

    protected override PackedMatrix Pack(
        WeightPrecision precision, string suffix, int inputs, bool hasBias, ReadOnlySpan<MatrixPart> parts)
    {
        var (scope, name, outputs) = (parts[0].Scope, parts[0].Name, OutputsOf(parts));
        var entry = file.Entry(scope.PathOf(name + suffix), precision.Name(), outputs, inputs,
            PackedMatrix.StoredLengthOf(outputs, inputs, precision));
        var matrix = new PackedMatrix(outputs, inputs, hasBias, precision, file.Address(entry));
        if (!hasBias) return matrix;
        using var bias = Copy(scope.PathOf(name + BiasSuffix), 1, outputs);
        matrix.SetBias(0, bias.Span);
        return matrix;
    }

    private Tensor Copy(string name, int rows, int columns)
    {
        var entry = file.Entry(name, PackedEntry.Values, rows, columns, (long)rows * columns * sizeof(float));
        var tensor = new Tensor(rows, columns);
        new ReadOnlySpan<float>(file.Address(entry), checked(rows * columns)).CopyTo(tensor.Span);
        return tensor;
    }
}

/// <summary>
/// Writes to a packed file what another loader brings, and keeps no matrix in memory: a network that is made with it is
/// only the list of what to write.
/// </summary>
internal sealed unsafe class PackingLoader(ConvertingLoader source, PackedFileWriter file)
    : WeightLoader(source.Precision)
{
    public override Tensor Vector(WeightScope scope, string name, int length)
        => Add(scope.PathOf(name), source.Vector(scope, name, length));

    public override Tensor Table(WeightScope scope, string name, int rows, int columns)
        => Add(scope.PathOf(name), source.Table(scope, name, rows, columns));

    protected override PackedMatrix Pack(
        WeightPrecision precision, string suffix, int inputs, bool hasBias, ReadOnlySpan<MatrixPart> parts)
    {
        var matrix = source.PackParts(precision, suffix, inputs, hasBias, parts);
        var (scope, name) = (parts[0].Scope, parts[0].Name);
        file.Add(
            scope.PathOf(name + suffix), precision.Name(), matrix.Outputs, inputs, matrix.Panels, matrix.StoredLength);
        if (hasBias)
            file.Add(scope.PathOf(name + BiasSuffix), PackedEntry.Values, 1, matrix.Outputs, matrix.Bias,
                (long)matrix.Outputs * sizeof(float));
        matrix.Dispose();
        return matrix;
    }

    private Tensor Add(string name, Tensor values)
    {
        file.Add(name, PackedEntry.Values, values.Rows, values.Columns, values.Data,
            (long)values.Rows * values.Columns * sizeof(float));
        return values;
    }
}
