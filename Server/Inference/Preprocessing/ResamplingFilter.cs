namespace Molmo.Demo.Inference.Preprocessing;

/// <summary>Weights of an antialiased bilinear (triangle) filter along one axis.</summary>
/// <remarks>
/// Made in float32 throughout, as the published preprocessing does: at 3000 pixels the rounding of the filter's centre
/// moves values by 3e-4, which weights in double would miss.
/// </remarks>
internal sealed class ResamplingFilter
{
    private readonly int[] _first;
    private readonly int[] _starts;
    private readonly float[] _weights;

    private ResamplingFilter(int[] first, int[] starts, float[] weights)
    {
        _first = first;
        _starts = starts;
        _weights = weights;
        for (int i = 0; i < first.Length; i++) MaxTaps = Math.Max(MaxTaps, starts[i + 1] - starts[i]);
    }

    /// <summary>Output samples.</summary>
    public int Count => _first.Length;

    /// <summary>Most input samples that one output sample is made of.</summary>
    public int MaxTaps { get; }

    /// <param name="inputSize">Samples along the axis, at least 1.</param>
    /// <param name="outputSize">Samples wanted, at least 1.</param>
    public static ResamplingFilter Create(int inputSize, int outputSize)
    {
        float scale = (float)inputSize / outputSize;
        float support = Math.Max(scale, 1f);
        float inverse = scale >= 1f ? 1f / scale : 1f;
        var first = new int[outputSize];
        var starts = new int[outputSize + 1];
        var weights = new List<float>(outputSize * 3 + inputSize * 2);
        for (int i = 0; i < outputSize; i++)
        {
            float center = scale * (i + 0.5f);
            first[i] = Math.Max((int)(center - support + 0.5f), 0);
            int last = Math.Min((int)(center + support + 0.5f), inputSize);
            float sum = 0;
            for (int k = first[i]; k < last; k++)
            {
                float weight = Math.Max(0f, 1f - Math.Abs((k - center + 0.5f) * inverse));
                weights.Add(weight);
                sum += weight;
            }
            for (int k = starts[i]; k < weights.Count; k++) weights[k] /= sum;
            starts[i + 1] = weights.Count;
        }
        return new ResamplingFilter(first, starts, [.. weights]);
    }

    /// <summary>The first input sample of each output sample; rises with it.</summary>
    public ReadOnlySpan<int> Firsts => _first;

    /// <summary>
    /// Where each output sample's weights begin in <see cref="AllWeights"/>, and where the last one's end.
    /// </summary>
    public ReadOnlySpan<int> Starts => _starts;

    /// <summary>The weights of all output samples.</summary>
    public ReadOnlySpan<float> AllWeights => _weights;

    /// <summary>The first input sample of an output sample.</summary>
    public int First(int index) => _first[index];

    /// <summary>Weights of the input samples from <see cref="First"/> on.</summary>
    public ReadOnlySpan<float> Weights(int index) => _weights.AsSpan(_starts[index].._starts[index + 1]);
}
