using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch.Modules;

/// <summary>
/// Causal attention of a step's rows. Grouped heads are never expanded: their queries go together against the one
/// key.
/// </summary>
/// <param name="Queries">[rows, heads, headSize].</param>
/// <param name="Keys">[rows, keyHeads, headSize].</param>
/// <param name="Values">[rows, keyHeads, headSize].</param>
internal readonly record struct AttentionRows(Tensor Queries, Tensor Keys, Tensor Values)
{
    /// <param name="plan">Rows and sequences.</param>
    /// <param name="memory">
    /// Holds keys and values, those of these rows too; null where a step has whole sequences only.
    /// </param>
    /// <returns>[rows, heads * headSize].</returns>
    public Tensor Attend(StepPlan plan, LayerMemory? memory)
    {
        if (plan.Packed is { } packed) return Masked(packed);
        if (plan.Context is { } context) return Step(context, plan.Mask, Needed(memory), (int)Queries.shape[0]);
        var results = new Tensor[plan.Segments.Count];
        for (var i = 0; i < results.Length; i++) results[i] = Segment(plan.Segments[i], memory);
        return results.Length == 1 ? results[0] : cat(results, 0);
    }

    /// <summary>Whole sequences of one length, each query seeing what its mask lets it see.</summary>
    private Tensor Masked(PackedRows packed)
    {
        var (queries, keys, values) = (Batch(Queries), Batch(Keys), Batch(Values));
        return ScriptedOperations.MaskedAttention(queries, keys, values, packed.Mask)
            .transpose(1, 2).reshape(Queries.shape[0], -1).to(Queries.dtype);

        Tensor Batch(Tensor x)
            => x.to(packed.Mask.dtype).view(packed.Sequences, -1, x.shape[1], x.shape[2]).transpose(1, 2);
    }

    /// <summary>One new row a sequence.</summary>
    private Tensor Step(Tensor context, Tensor? mask, LayerMemory memory, int sequences)
    {
        var (heads, keyHeads, headSize) = (Queries.shape[1], Keys.shape[1], Queries.shape[2]);
        var attended = nn.functional.scaled_dot_product_attention(
            Queries.reshape(sequences, keyHeads, heads / keyHeads, headSize),
            memory.Gather(memory.Keys, context, sequences), memory.Gather(memory.Values, context, sequences), mask);
        return attended.reshape(sequences, -1);
    }

    private Tensor Segment(StepSegment segment, LayerMemory? memory)
    {
        var queries = Queries.narrow(0, segment.FirstRow, segment.RowCount);
        if (segment.Context is not { } context)
        {
            var keys = Keys.narrow(0, segment.FirstRow, segment.RowCount);
            var values = Values.narrow(0, segment.FirstRow, segment.RowCount);
            return Rows(ScriptedOperations.CausalAttention(Heads(queries), Heads(keys), Heads(values)));
        }

        return Resumed(queries, context, segment.FirstPosition, Needed(memory));
    }

    private static LayerMemory Needed(LayerMemory? memory)
        => memory ?? throw new InvalidOperationException(
            "Positions before a step's own are read from memory, and there is none.");

    /// <summary>Several new rows that also see the positions before them.</summary>
    private static Tensor Resumed(Tensor queries, Tensor context, int firstPosition, LayerMemory memory)
    {
        var (count, heads, headSize) = (queries.shape[0], queries.shape[1], queries.shape[2]);
        var keyHeads = memory.Keys.shape[0];
        var group = heads / keyHeads;
        var grouped = queries.view(count, keyHeads, group, headSize)
            .permute(1, 2, 0, 3).reshape(1, keyHeads, group * count, headSize);
        var numbers = Enumerable.Range(0, firstPosition + (int)count).Select(position => (long)position).ToArray();
        var positions = tensor(numbers, device: queries.device);
        var rows = positions.narrow(0, firstPosition, count).repeat(group).unsqueeze(1);
        var hidden = positions.unsqueeze(0).gt(rows);
        var mask = zeros(hidden.shape, queries.dtype, queries.device).masked_fill(hidden, Scalars.MinusInfinity);
        var attended = nn.functional.scaled_dot_product_attention(
            grouped, memory.Gather(memory.Keys, context, 1), memory.Gather(memory.Values, context, 1), mask);
        return attended.view(heads, count, headSize).transpose(0, 1).reshape(count, heads * headSize);
    }

    /// <summary>[rows, heads, headSize] to [1, heads, rows, headSize].</summary>
    private static Tensor Heads(Tensor x) => x.transpose(0, 1).unsqueeze(0);

    /// <summary>The way back, heads joined.</summary>
    private static Tensor Rows(Tensor x) => x.squeeze(0).transpose(0, 1).flatten(1);
}
