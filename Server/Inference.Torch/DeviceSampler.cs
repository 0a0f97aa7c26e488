using Molmo.Demo.Inference.Engine;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch;

/// <summary>
/// Chooses tokens where the logits are: the same choices as the engine's own sampler, which is the reference.
/// </summary>
internal sealed class DeviceSampler : IDisposable
{
    private readonly long _size;
    private readonly Device _device;
    private readonly TorchSharp.Scalar _beyond;
    private readonly Tensor _ids;
    private readonly Tensor _places;

    /// <param name="vocabularySize">Logits a row.</param>
    /// <param name="device">Where they are.</param>
    public DeviceSampler(int vocabularySize, Device device)
    {
        _size = vocabularySize;
        _device = device;
        _beyond = _size;
        long[] ids = [.. Enumerable.Range(0, vocabularySize).Select(id => (long)id)];
        _ids = tensor(ids, [1, _size], device: device);
        _places = _ids.to(ScalarType.Float64);
    }

    /// <param name="logits">[sequences, vocabulary], float32.</param>
    /// <param name="choices">[sequences].</param>
    /// <returns>[sequences]: ids; -1 where a logit is not finite.</returns>
    public int[] Sample(Tensor logits, ReadOnlySpan<TokenChoice> choices)
    {
        using var scope = NewDisposeScope();
        var max = logits.amax([1], keepdim: true);
        // The lowest id of equals.
        var chosen = _ids.masked_fill(logits.ne(max), _beyond).amin([1]);
        if (IsAnyRandom(choices)) chosen = Draw(logits, max, chosen, choices);
        chosen = chosen.masked_fill(logits.isfinite().all(1).logical_not(), Scalars.MinusOne);
        return chosen.to(ScalarType.Int32).cpu().data<int>().ToArray();
    }

    public void Dispose()
    {
        _ids.Dispose();
        _places.Dispose();
    }

    private static bool IsAnyRandom(ReadOnlySpan<TokenChoice> choices)
    {
        foreach (var choice in choices)
            if (choice.Options.Temperature != 0) return true;
        return false;
    }

    /// <summary>A random choice for every row whose temperature is not 0.</summary>
    private Tensor Draw(Tensor logits, Tensor max, Tensor greedy, ReadOnlySpan<TokenChoice> choices)
    {
        var numbers = Upload(choices);
        var temperature = numbers[0];
        var isGreedy = temperature.eq(Scalars.Zero);
        var isWhole = numbers[4].ne(Scalars.Zero);

        // Likeliest first, the lowest id of equals first. Without a cut the reference draws in the order of the ids.
        var (_, likeliest) = logits.sort(1, descending: true, stable: true);
        var order = where(isWhole, _ids, likeliest);
        var belowMax = logits.gather(1, order).to(ScalarType.Float64).Minus(max.to(ScalarType.Float64));
        var scaled = belowMax / temperature.masked_fill(isGreedy, Scalars.One);
        var weights = scaled.exp() * _places.lt(numbers[1]);
        var before = weights.cumsum(1).Minus(weights);
        weights = weights * isWhole.logical_or(before.lt(numbers[2] * weights.sum(1, keepdim: true)));
        var sums = weights.cumsum(1);
        // The first whose sum is beyond the draw; rounding may leave none, then the last that is kept.
        var place = sums.le(numbers[3] * sums.narrow(1, _size - 1, 1)).sum(1, keepdim: true);
        var last = (weights.ne(Scalars.Zero).to(ScalarType.Int64) * _ids).amax([1], keepdim: true);
        return where(isGreedy.squeeze(1), greedy, order.gather(1, place.minimum(last)).squeeze(1));
    }

    /// <returns>[5, sequences, 1], float64: temperature, top-k, top-p, draw, and whether nothing is cut.</returns>
    private Tensor Upload(ReadOnlySpan<TokenChoice> choices)
    {
        var count = choices.Length;
        var numbers = new double[5 * count];
        for (var i = 0; i < count; i++)
        {
            var (options, draw) = choices[i];
            numbers[i] = options.Temperature;
            numbers[count + i] = options.TopK == 0 ? _size : options.TopK;
            numbers[(2 * count) + i] = options.TopP;
            numbers[(3 * count) + i] = draw;
            numbers[(4 * count) + i] = options is { TopK: 0, TopP: >= 1 } ? 1 : 0;
        }

        return tensor(numbers, [5, count, 1], device: _device);
    }
}
