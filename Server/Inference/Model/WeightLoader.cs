using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>Part of a matrix that is stacked from several stored ones.</summary>
/// <param name="Scope">Where it is stored.</param>
/// <param name="Name">Without <c>.weight</c> or <c>.bias</c>.</param>
/// <param name="Outputs">Rows of the part.</param>
internal readonly record struct MatrixPart(WeightScope Scope, string Name, int Outputs);

/// <summary>
/// Where a network has its weights from, in the form that the kernels read; it asks for each of them once.
/// </summary>
internal abstract class WeightLoader(WeightPrecision precision)
{
    protected const string WeightSuffix = ".weight";
    protected const string BiasSuffix = ".bias";

    /// <summary>How large matrices are kept.</summary>
    public WeightPrecision Precision { get; } = precision;

    /// <summary>The same loader, with another precision for large matrices.</summary>
    public WeightLoader With(WeightPrecision other) => other == Precision ? this : new OtherPrecision(this, other);

    /// <summary>A stored vector: [1, length].</summary>
    public abstract Tensor Vector(WeightScope scope, string name, int length);

    /// <summary>A stored table, row after row.</summary>
    public abstract Tensor Table(WeightScope scope, string name, int rows, int columns);

    /// <summary>A stored table of which single rows are read, kept like the large matrices.</summary>
    public PackedMatrix PackedTable(WeightScope scope, string name, int rows, int columns)
        => Pack(Precision, "", columns, hasBias: false, [new MatrixPart(scope, name, rows)]);

    /// <summary>A small matrix that stays float32 in every precision.</summary>
    public PackedMatrix ExactMatrix(WeightScope scope, string name, int outputs, int inputs)
        => Pack(WeightPrecision.Float32, WeightSuffix, inputs, hasBias: false, [new MatrixPart(scope, name, outputs)]);

    /// <summary>A packed matrix from <c>name.weight</c> and, if it has one, <c>name.bias</c>.</summary>
    public PackedMatrix Matrix(WeightScope scope, string name, int outputs, int inputs, bool hasBias = false)
        => Stacked(inputs, hasBias, new MatrixPart(scope, name, outputs));

    /// <summary>One packed matrix from several with the same inputs, so that one product serves them all.</summary>
    public PackedMatrix Stacked(int inputs, bool hasBias, params ReadOnlySpan<MatrixPart> parts)
        => Pack(Precision, WeightSuffix, inputs, hasBias, parts);

    /// <param name="precision">Of the matrix.</param>
    /// <param name="suffix">What follows a part's name where its weights are stored.</param>
    /// <param name="inputs">Columns of every part.</param>
    /// <param name="hasBias">Whether the parts have biases.</param>
    /// <param name="parts">From the first outputs to the last.</param>
    protected abstract PackedMatrix Pack(
        WeightPrecision precision, string suffix, int inputs, bool hasBias, ReadOnlySpan<MatrixPart> parts);

    protected static int OutputsOf(ReadOnlySpan<MatrixPart> parts)
    {
        var outputs = 0;
        foreach (var part in parts) outputs += part.Outputs;
        return outputs;
    }

    private sealed class OtherPrecision(WeightLoader loader, WeightPrecision precision) : WeightLoader(precision)
    {
        public override Tensor Vector(WeightScope scope, string name, int length)
            => loader.Vector(scope, name, length);

        public override Tensor Table(WeightScope scope, string name, int rows, int columns)
            => loader.Table(scope, name, rows, columns);

        protected override PackedMatrix Pack(
            WeightPrecision precision, string suffix, int inputs, bool hasBias, ReadOnlySpan<MatrixPart> parts)
            => loader.Pack(precision, suffix, inputs, hasBias, parts);
    }
}
