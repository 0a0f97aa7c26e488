using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>
/// Writes to a packed file what another loader brings, and keeps no matrix in memory: a network that is made with it is
/// only the list of what to write.
/// </summary>
internal sealed unsafe class PackingLoader(ConvertingLoader source, PackedFileWriter file) : WeightLoader(source.Precision)
{
    public override Tensor Vector(WeightScope scope, string name, int length)
        => Add(scope.PathOf(name), source.Vector(scope, name, length));

    public override Tensor Table(WeightScope scope, string name, int rows, int columns)
        => Add(scope.PathOf(name), source.Table(scope, name, rows, columns));

    protected override PackedMatrix Pack(WeightPrecision precision, string suffix, int inputs, bool hasBias, ReadOnlySpan<MatrixPart> parts)
    {
        var matrix = source.PackParts(precision, suffix, inputs, hasBias, parts);
        var (scope, name) = (parts[0].Scope, parts[0].Name);
        file.Add(scope.PathOf(name + suffix), precision.Name(), matrix.Outputs, inputs, matrix.Panels, matrix.StoredLength);
        if (hasBias) file.Add(scope.PathOf(name + BiasSuffix), PackedEntry.Values, 1, matrix.Outputs, matrix.Bias, (long)matrix.Outputs * sizeof(float));
        matrix.Dispose();
        return matrix;
    }

    private Tensor Add(string name, Tensor values)
    {
        file.Add(name, PackedEntry.Values, values.Rows, values.Columns, values.Data, (long)values.Rows * values.Columns * sizeof(float));
        return values;
    }
}
