using System.Diagnostics;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>
/// A weight matrix with its bias, packed once at load: panels of <see cref="PanelWidth"/> outputs, in each panel the
/// outputs' values for one input side by side. Every product then reads its weights in one forward stream.
/// </summary>
/// <remarks>
/// [outputs, inputs] -> [panels, inputs, PanelWidth], in float32 or fewer bits (<see cref="PackedFormat"/>); outputs
/// beyond the last are zero.
/// </remarks>
internal sealed unsafe class PackedMatrix : IDisposable
{
    /// <summary>Outputs a panel: two 512-bit registers.</summary>
    public const int PanelWidth = 32;

    private readonly Tensor? _panels;
    private readonly byte* _mapped;
    private readonly Tensor? _bias;
    private readonly float* _mappedBias;

    /// <summary>A matrix in memory of its own, to be filled.</summary>
    public PackedMatrix(int outputs, int inputs, bool hasBias, WeightPrecision precision = WeightPrecision.Float32)
        : this(outputs, inputs, hasBias, precision, null)
    {
        _panels = new Tensor(PanelCount, checked((int)(PanelLength / sizeof(float))));
        if (outputs % PanelWidth != 0) _panels.Row(PanelCount - 1).Clear();
    }

    /// <summary>A matrix that lies ready in memory of others, which must outlive it and is only read.</summary>
    /// <param name="outputs">Rows of the unpacked matrix.</param>
    /// <param name="inputs">Its columns.</param>
    /// <param name="hasBias">Whether it has a bias; that is set afterwards.</param>
    /// <param name="precision">Of the panels.</param>
    /// <param name="panels">Their <see cref="StoredLengthOf"/> bytes.</param>
    public PackedMatrix(int outputs, int inputs, bool hasBias, WeightPrecision precision, byte* panels)
    {
        Debug.Assert(outputs > 0 && inputs > 0, "Not empty.");
        Outputs = outputs;
        Inputs = inputs;
        PanelCount = CountPanels(outputs);
        Precision = precision;
        PanelLength = PackedFormat.Offset(precision, inputs);
        _mapped = panels;
        if (!hasBias) return;
        _bias = new Tensor(PanelCount, PanelWidth);
        _bias.Span.Clear();
    }

    private PackedMatrix(PackedMatrix whole, int firstOutput, int outputs)
        : this(outputs, whole.Inputs, hasBias: false, whole.Precision,
            whole.Panels + (firstOutput / PanelWidth * whole.PanelLength))
        => _mappedBias = whole.Bias is null ? null : whole.Bias + firstOutput;

    public int Outputs { get; }

    public int Inputs { get; }

    public int PanelCount { get; }

    public WeightPrecision Precision { get; }

    /// <summary>Bytes a panel.</summary>
    public nint PanelLength { get; }

    /// <summary>Bytes of all panels.</summary>
    public long StoredLength => (long)PanelLength * PanelCount;

    public byte* Panels => _panels is null ? _mapped : (byte*)_panels.Data;

    /// <summary>[PanelCount * PanelWidth]; null without a bias.</summary>
    public float* Bias => _bias is null ? _mappedBias : _bias.Data;

    /// <summary>Bytes of all panels of a matrix.</summary>
    public static long StoredLengthOf(int outputs, int inputs, WeightPrecision precision)
        => (long)PackedFormat.Offset(precision, inputs) * CountPanels(outputs);

    /// <summary>Neighbouring outputs as a matrix of their own, in the same memory. To be read only.</summary>
    /// <param name="firstOutput">The first of a panel.</param>
    /// <param name="outputs">How many.</param>
    public PackedMatrix Part(int firstOutput, int outputs)
    {
        Debug.Assert(firstOutput % PanelWidth == 0 && firstOutput + outputs <= Outputs, "From a panel's begin.");
        return new PackedMatrix(this, firstOutput, outputs);
    }

    /// <summary>Puts one output's weights in place.</summary>
    /// <param name="output">Row of the unpacked matrix.</param>
    /// <param name="firstInput">Input of the first weight; the begin of a block.</param>
    /// <param name="weights">Weights of consecutive inputs: whole blocks, or up to the last input.</param>
    /// <returns>False where the precision cannot express one of them.</returns>
    public bool SetRow(int output, int firstInput, ReadOnlySpan<float> weights)
    {
        Debug.Assert(_panels is not null && (uint)output < (uint)Outputs && firstInput + weights.Length <= Inputs,
            "Within a matrix of its own memory.");
        return PackedFormat.Write(
            Precision, Panels + (output / PanelWidth * PanelLength), output % PanelWidth, firstInput, weights);
    }

    /// <summary>Puts weights of consecutive outputs in place, whole panels at full speed.</summary>
    /// <param name="firstOutput">Row of the unpacked matrix.</param>
    /// <param name="outputs">Rows, within one panel.</param>
    /// <param name="firstInput">Input of the first weights; the begin of a block.</param>
    /// <param name="weights">[outputs, consecutive inputs]: whole blocks, or up to the last input.</param>
    /// <returns>False where the precision cannot express one of them.</returns>
    public bool SetRows(int firstOutput, int outputs, int firstInput, ReadOnlySpan<float> weights)
    {
        Debug.Assert(
            _panels is not null && firstOutput % PanelWidth + outputs <= PanelWidth && firstOutput + outputs <= Outputs,
            "Within a panel of its own memory.");
        var inputs = weights.Length / outputs;
        if (outputs == PanelWidth)
        {
            fixed (float* rows = weights)
                return PanelWriter.Write(
                    Precision, Panels + (firstOutput / PanelWidth * PanelLength), firstInput, rows, inputs);
        }

        for (var i = 0; i < outputs; i++)
            if (!SetRow(firstOutput + i, firstInput, weights.Slice(i * inputs, inputs))) return false;
        return true;
    }

    /// <summary>One output's weights, as the kernels count them.</summary>
    public void GetRow(int output, Span<float> weights)
    {
        Debug.Assert((uint)output < (uint)Outputs && weights.Length == Inputs, "A row of the matrix.");
        var panel = Panels + (output / PanelWidth * PanelLength);
        for (var input = 0; input < weights.Length; input++)
            weights[input] = PackedFormat.Read(Precision, panel, output % PanelWidth, input);
    }

    /// <summary>Puts biases in place.</summary>
    public void SetBias(int firstOutput, ReadOnlySpan<float> biases)
    {
        Debug.Assert(_bias is not null && firstOutput + biases.Length <= Outputs, "Within the bias.");
        biases.CopyTo(new Span<float>(Bias + firstOutput, biases.Length));
    }

    public void Dispose() => Tensor.Dispose(_panels, _bias);

    private static int CountPanels(int outputs) => (outputs + PanelWidth - 1) / PanelWidth;
}
