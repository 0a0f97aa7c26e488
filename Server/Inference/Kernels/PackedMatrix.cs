using System.Diagnostics;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>
/// A weight matrix with its bias, packed once at load: panels of <see cref="PanelWidth"/> outputs, in each panel the
/// outputs' values for one input side by side. Every product then reads its weights in one forward stream.
/// </summary>
/// <remarks>
/// [outputs, inputs] -> [panels, inputs, PanelWidth], in float32 or fewer bits (<see cref="PackedFormat"/>); outputs beyond
/// the last are zero.
/// </remarks>
internal sealed unsafe class PackedMatrix : IDisposable
{
    /// <summary>Outputs a panel: two 512-bit registers.</summary>
    public const int PanelWidth = 32;

    private readonly Tensor _panels;
    private readonly Tensor? _bias;

    public PackedMatrix(int outputs, int inputs, bool hasBias, WeightPrecision precision = WeightPrecision.Float32)
    {
        Debug.Assert(outputs > 0 && inputs > 0, "Not empty.");
        Outputs = outputs;
        Inputs = inputs;
        PanelCount = (outputs + PanelWidth - 1) / PanelWidth;
        Precision = precision;
        PanelLength = PackedFormat.Offset(precision, inputs);
        _panels = new Tensor(PanelCount, checked((int)(PanelLength / sizeof(float))));
        if (outputs % PanelWidth != 0) _panels.Row(PanelCount - 1).Clear();
        if (!hasBias) return;
        _bias = new Tensor(PanelCount, PanelWidth);
        _bias.Span.Clear();
    }

    public int Outputs { get; }

    public int Inputs { get; }

    public int PanelCount { get; }

    public WeightPrecision Precision { get; }

    /// <summary>Bytes a panel.</summary>
    public nint PanelLength { get; }

    /// <summary>Bytes of all panels.</summary>
    public long StoredLength => (long)PanelLength * PanelCount;

    public byte* Panels => (byte*)_panels.Data;

    /// <summary>[PanelCount * PanelWidth], zero beyond the outputs; null without a bias.</summary>
    public float* Bias => _bias is null ? null : _bias.Data;

    /// <summary>Puts one output's weights in place.</summary>
    /// <param name="output">Row of the unpacked matrix.</param>
    /// <param name="firstInput">Input of the first weight; the begin of a block.</param>
    /// <param name="weights">Weights of consecutive inputs: whole blocks, or up to the last input.</param>
    /// <returns>False where the precision cannot express one of them.</returns>
    public bool SetRow(int output, int firstInput, ReadOnlySpan<float> weights)
    {
        Debug.Assert((uint)output < (uint)Outputs && firstInput + weights.Length <= Inputs, "Within the matrix.");
        return PackedFormat.Write(Precision, Panels + (output / PanelWidth * PanelLength), output % PanelWidth, firstInput, weights);
    }

    /// <summary>One output's weights, as the kernels count them.</summary>
    public void GetRow(int output, Span<float> weights)
    {
        Debug.Assert((uint)output < (uint)Outputs && weights.Length == Inputs, "A row of the matrix.");
        var panel = Panels + (output / PanelWidth * PanelLength);
        for (var input = 0; input < weights.Length; input++) weights[input] = PackedFormat.Read(Precision, panel, output % PanelWidth, input);
    }

    /// <summary>Puts biases in place.</summary>
    public void SetBias(int firstOutput, ReadOnlySpan<float> biases)
    {
        Debug.Assert(_bias is not null && firstOutput + biases.Length <= Outputs, "Within the bias.");
        biases.CopyTo(new Span<float>(Bias + firstOutput, biases.Length));
    }

    public void Dispose()
    {
        _panels.Dispose();
        _bias?.Dispose();
    }
}
