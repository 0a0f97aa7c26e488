using Molmo.Demo.Inference.Model;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch;

/// <summary>
/// Operations of libtorch that TorchSharp does not name, and sequences of them that a step runs in one call. They are
/// compiled from TorchScript: a layer costs two calls into native code, and on a GPU neighbours may become one launch.
/// </summary>
internal static class ScriptedOperations
{
    private static readonly Lazy<jit.CompilationUnit> Shared = new(() => jit.compile("""
        def causal_attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
            return torch.scaled_dot_product_attention(query, key, value, None, 0.0, True, scale=None, enable_gqa=True)

        def masked_attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
            return torch.scaled_dot_product_attention(query, key, value, mask, 0.0, False, scale=None, enable_gqa=True)

        """));

    /// <summary>
    /// Attention of whole sequences, each position seeing those before it; heads of a group share their key without
    /// its being copied.
    /// </summary>
    /// <param name="query">[sequences, heads, positions, headSize].</param>
    /// <param name="key">[sequences, keyHeads, positions, headSize].</param>
    /// <param name="value">As <paramref name="key"/>.</param>
    /// <returns>As <paramref name="query"/>.</returns>
    public static Tensor CausalAttention(Tensor query, Tensor key, Tensor value)
        => Shared.Value.invoke<Tensor>("causal_attention", query, key, value);

    /// <summary>The same with a mask that is added to the scores.</summary>
    /// <param name="query">[sequences, heads, positions, headSize].</param>
    /// <param name="key">[sequences, keyHeads, positions, headSize].</param>
    /// <param name="value">As <paramref name="key"/>.</param>
    /// <param name="mask">[sequences, 1, positions, positions], in the format of the others.</param>
    public static Tensor MaskedAttention(Tensor query, Tensor key, Tensor value, Tensor mask)
        => Shared.Value.invoke<Tensor>("masked_attention", query, key, value, mask);

    /// <summary>The steps of one network's layers, with its sizes as constants.</summary>
    /// <remarks>
    /// <c>attention(x, cos, sin, slots, context, mask, keys, values, norm, qkv, out, [bias], [q_norm, k_norm])</c> and
    /// <c>feed_forward(x, norm, up_gate, down)</c>; both give the new residual stream. An empty mask is none.
    /// </remarks>
    public static jit.CompilationUnit CompileStep(ModelConfig config)
    {
        var (width, keyValues, headSize) = (config.HiddenSize, config.KeyValueSize, config.HeadSize);
        var (heads, keyHeads, inner) = (config.HeadCount, config.KeyValueHeadCount, config.FeedForwardSize);
        var (half, group, epsilon) = (headSize / 2, heads / keyHeads, Number(config.NormEpsilon));
        var normedQuery = Normed($"qkv.narrow(1, 0, {width})", "q_norm", width);
        var normedKey = Normed($"qkv.narrow(1, {width}, {keyValues})", "k_norm", keyValues);
        var queryKey = config.HasQkNorm
            ? $"torch.cat([{normedQuery}, {normedKey}], 1).to(keys.dtype)"
            : $"qkv.narrow(1, 0, {width + keyValues})";
        var bias = config.HasQkvBias ? ", bias: Tensor" : "";
        var norms = config.HasQkNorm ? ", q_norm: Tensor, k_norm: Tensor" : "";
        return jit.compile($"""
            def attention(x: Tensor, cos: Tensor, sin: Tensor, slots: Tensor, context: Tensor, mask: Tensor,
                          keys: Tensor, values: Tensor, norm: Tensor, qkv_weight: Tensor,
                          out_weight: Tensor{bias}{norms}) -> Tensor:
                qkv = torch.linear({Before("norm")}.to(keys.dtype), qkv_weight{(config.HasQkvBias ? ", bias" : "")})
                query_key = {queryKey}
                heads = query_key.float().view(-1, {heads + keyHeads}, {headSize})
                a = heads.narrow(2, 0, {half})
                b = heads.narrow(2, {half}, {half})
                rotated = torch.cat([a * cos - b * sin, b * cos + a * sin], 2).to(keys.dtype)
                key = rotated.narrow(1, {heads}, {keyHeads})
                value = qkv.narrow(1, {width + keyValues}, {keyValues}).view(-1, {keyHeads}, {headSize})
                keys.index_copy_(1, slots, key.transpose(0, 1))
                values.index_copy_(1, slots, value.transpose(0, 1))
                rows = x.size(0)
                query = rotated.narrow(1, 0, {heads}).reshape(rows, {keyHeads}, {group}, {headSize})
                k = keys.index_select(1, context).view({keyHeads}, rows, -1, {headSize}).transpose(0, 1)
                v = values.index_select(1, context).view({keyHeads}, rows, -1, {headSize}).transpose(0, 1)
                if mask.numel() == 0:
                    attended = torch.scaled_dot_product_attention(query, k, v)
                else:
                    attended = torch.scaled_dot_product_attention(query, k, v, mask)
                delta = torch.linear(attended.reshape(rows, {width}), out_weight)
                return x + {After("norm")}

            def feed_forward(x: Tensor, norm: Tensor, up_gate: Tensor, down: Tensor) -> Tensor:
                fused = torch.linear({Before("norm")}.to(up_gate.dtype), up_gate)
                gate = torch.silu(fused.narrow(1, {inner}, {inner}))
                delta = torch.linear(gate * fused.narrow(1, 0, {inner}), down)
                return x + {After("norm")}

            """);

        string Normed(string x, string weight, int size)
            => $"torch.rms_norm({x}.float(), [{size}], {weight}, {epsilon})";

        string Before(string norm) => config.NormAfter ? "x" : Normed("x", norm, width);

        string After(string norm) => config.NormAfter ? Normed("delta", norm, width) : "delta";
    }

    /// <summary>As TorchScript writes a float.</summary>
    private static string Number(float value)
    {
        var text = value.ToString("G9", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny('.', 'E') ? text : $"{text}.0";
    }
}
