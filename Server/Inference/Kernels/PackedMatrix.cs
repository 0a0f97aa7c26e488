using System.Diagnostics;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>
/// A weight matrix with its bias, packed once at load: panels of <see cref="PanelWidth"/> outputs, in each panel the
/// outputs' values for one input side by side. Every product then reads its weights in one forward stream.
/// </summary>
/// <remarks>[outputs, inputs] -> [panels, inputs, PanelWidth]; outputs beyond the last are zero.</remarks>
internal sealed unsafe class PackedMatrix : IDisposable
{
    /// <summary>Outputs a panel: two 512-bit registers.</summary>
    public const int PanelWidth = 32;

    private readonly Tensor _panels;
    private readonly Tensor? _bias;

    public PackedMatrix(int outputs, int inputs, bool hasBias)
    {
        Debug.Assert(outputs > 0 && inputs > 0, "Not empty.");
        Outputs = outputs;
        Inputs = inputs;
        PanelCount = (outputs + PanelWidth - 1) / PanelWidth;
        _panels = new Tensor(checked(PanelCount * inputs), PanelWidth);
        var last = Panels + ((nint)(PanelCount - 1) * PanelLength);
        if (outputs % PanelWidth != 0) new Span<float>(last, inputs * PanelWidth).Clear();
        if (!hasBias) return;
        _bias = new Tensor(PanelCount, PanelWidth);
        _bias.Span.Clear();
    }

    public int Outputs { get; }

    public int Inputs { get; }

    public int PanelCount { get; }

    /// <summary>Floats a panel.</summary>
    public nint PanelLength => (nint)Inputs * PanelWidth;

    public float* Panels => _panels.Data;

    /// <summary>[PanelCount * PanelWidth], zero beyond the outputs; null without a bias.</summary>
    public float* Bias => _bias is null ? null : _bias.Data;

    /// <summary>Puts one output's weights in place.</summary>
    /// <param name="output">Row of the unpacked matrix.</param>
    /// <param name="firstInput">Input of the first weight.</param>
    /// <param name="weights">Weights of consecutive inputs.</param>
    public void SetRow(int output, int firstInput, ReadOnlySpan<float> weights)
    {
        Debug.Assert((uint)output < (uint)Outputs && firstInput + weights.Length <= Inputs, "Within the matrix.");
        var target = Panels + (output / PanelWidth * PanelLength) + ((nint)firstInput * PanelWidth) + (output % PanelWidth);
        foreach (var weight in weights)
        {
            *target = weight;
            target += PanelWidth;
        }
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
