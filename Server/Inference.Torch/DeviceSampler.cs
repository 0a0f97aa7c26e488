using Molmo.Demo.Inference.Engine;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch;

/// <summary>Chooses tokens where the logits are: the same choices as the engine's own sampler, which is the reference.</summary>
internal static class DeviceSampler
{
    /// <param name="logits">[sequences, vocabulary], float32.</param>
    /// <param name="choices">[sequences].</param>
    /// <returns>[sequences]: ids; -1 where a logit is not finite.</returns>
    public static int[] Sample(Tensor logits, ReadOnlySpan<TokenChoice> choices)
    {
        var size = logits.shape[1];
        var ids = arange(size, ScalarType.Int64, logits.device);
        var max = logits.amax([1], keepdim: true);
        // The lowest id of equals.
        var chosen = where(logits == max, ids, size).amin([1]);
        if (IsAnyRandom(choices)) chosen = where(Row(choices, choice => choice.Options.Temperature, logits.device).squeeze(1) == 0, chosen, Draw(logits, max, choices));
        chosen = where(logits.isfinite().all(1), chosen, -1);
        return chosen.to(ScalarType.Int32).cpu().data<int>().ToArray();
    }

    private static bool IsAnyRandom(ReadOnlySpan<TokenChoice> choices)
    {
        foreach (var choice in choices)
            if (choice.Options.Temperature != 0) return true;
        return false;
    }

    /// <summary>A random choice for every row; those of greedy rows mean nothing.</summary>
    private static Tensor Draw(Tensor logits, Tensor max, ReadOnlySpan<TokenChoice> choices)
    {
        var size = logits.shape[1];
        var temperature = Row(choices, choice => choice.Options.Temperature == 0 ? 1 : choice.Options.Temperature, logits.device);
        var topK = Row(choices, choice => choice.Options.TopK == 0 ? size : Math.Min(choice.Options.TopK, size), logits.device);
        var topP = Row(choices, choice => choice.Options.TopP, logits.device);
        var draw = Row(choices, choice => choice.Draw, logits.device);
        var isWhole = Row(choices, choice => choice.Options is { TopK: 0, TopP: >= 1 } ? 1 : 0, logits.device).ne(0);

        // Likeliest first, the lowest id of equals first; without a cut, in the order of the ids as the reference draws.
        var (_, likeliest) = logits.sort(1, descending: true, stable: true);
        var order = where(isWhole, arange(size, ScalarType.Int64, logits.device).unsqueeze(0), likeliest);
        var weights = ((logits.gather(1, order).to(ScalarType.Float64) - max.to(ScalarType.Float64)) / temperature).exp();
        weights = weights * (arange(size, ScalarType.Float64, logits.device).unsqueeze(0) < topK);
        var before = weights.cumsum(1) - weights;
        var isKept = isWhole.logical_or(before < topP * weights.sum(1, keepdim: true));
        weights = weights * isKept;
        var sums = weights.cumsum(1);
        // The first whose sum is beyond the draw; rounding may leave none, then the last that is kept.
        var place = (sums <= draw * sums.narrow(1, size - 1, 1)).sum(1, keepdim: true);
        var last = ((weights != 0).to(ScalarType.Int64) * arange(size, ScalarType.Int64, logits.device)).amax([1], keepdim: true);
        return order.gather(1, place.minimum(last)).squeeze(1);
    }

    /// <returns>[sequences, 1], float64.</returns>
    private static Tensor Row(ReadOnlySpan<TokenChoice> choices, Func<TokenChoice, double> value, Device device)
    {
        var values = new double[choices.Length];
        for (var i = 0; i < values.Length; i++) values[i] = value(choices[i]);
        return tensor(values, [values.Length, 1], device: device);
    }
}
