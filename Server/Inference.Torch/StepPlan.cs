using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Model;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch;

/// <summary>A sequence's new rows of a step.</summary>
/// <param name="FirstRow">Row of the first.</param>
/// <param name="RowCount">How many.</param>
/// <param name="FirstPosition">Position of the first.</param>
/// <param name="Context">
/// [FirstPosition + RowCount]: slots of all its positions; null where the new ones are all there are.
/// </param>
internal readonly record struct StepSegment(int FirstRow, int RowCount, int FirstPosition, Tensor? Context);

/// <summary>Rows of training.</summary>
/// <param name="Sequences">How many; all have the same length.</param>
/// <param name="Mask">
/// [sequences, 1, length, length]: 0 where a query sees a key, else minus infinity; in the type that attention is to
/// compute in.
/// </param>
/// <param name="DropoutRate">Share of the residual deltas' values that are dropped, 0 to 1.</param>
/// <param name="DropoutRows">
/// [sequences * length, 1], true for rows whose values may be dropped; null for all.
/// </param>
internal sealed record PackedRows(int Sequences, Tensor Mask, double DropoutRate = 0, Tensor? DropoutRows = null)
{
    /// <summary>Dropout of what a half layer adds to the residual stream.</summary>
    /// <param name="delta">[rows, hiddenSize].</param>
    public Tensor Drop(Tensor delta)
    {
        if (DropoutRate == 0) return delta;
        var dropped = nn.functional.dropout(delta, DropoutRate, training: true);
        return DropoutRows is null ? dropped : where(DropoutRows, dropped, delta);
    }
}

/// <summary>
/// A batch as the device needs it: one transfer, whatever the batch. Belongs to the step's dispose scope.
/// </summary>
internal sealed class StepPlan
{
    private StepPlan(
        Tensor tokenIds, Tensor positions, Tensor slots, Tensor lastRows, IReadOnlyList<StepSegment> segments)
    {
        TokenIds = tokenIds;
        Positions = positions;
        Slots = slots;
        LastRows = lastRows;
        Segments = segments;
    }

    /// <summary>[rows].</summary>
    public Tensor TokenIds { get; }

    /// <summary>[rows].</summary>
    public Tensor Positions { get; }

    /// <summary>[rows]: where each row's keys and values go.</summary>
    public Tensor Slots { get; }

    /// <summary>[sequences].</summary>
    public Tensor LastRows { get; }

    /// <summary>One a sequence.</summary>
    public IReadOnlyList<StepSegment> Segments { get; }

    /// <summary>
    /// Slots of all positions of all sequences [sequences * longest], where each has one new row; else null.
    /// </summary>
    public Tensor? Context { get; private init; }

    /// <summary>
    /// [sequences, 1, 1, longest], 0 or minus infinity in the network's format; null where all are equally long.
    /// </summary>
    public Tensor? Mask { get; private init; }

    /// <summary>Whether some token is padding, below zero.</summary>
    public bool HasPadding { get; private init; }

    /// <summary>What training adds: sequences of one length with a mask of their own; null for answers.</summary>
    public PackedRows? Packed { get; private init; }

    /// <summary>A plan of training: nothing is remembered, every row's result is wanted.</summary>
    /// <param name="tokenIds">[sequences * length].</param>
    /// <param name="positions">[sequences * length].</param>
    /// <param name="packed">Sequences and their mask.</param>
    public static StepPlan Of(Tensor tokenIds, Tensor positions, PackedRows packed)
        => new(tokenIds, positions, tokenIds, tokenIds, []) { Packed = packed };

    /// <param name="plan">Rows and sequences, checked.</param>
    /// <param name="format">Device and format of the mask.</param>
    /// <param name="allPositions">[1, positions or more]: 0, 1, 2 and so on.</param>
    public static unsafe StepPlan Create(ForwardPlan plan, TensorFormat format, Tensor allPositions)
    {
        var rows = plan.RowCount;
        var sequences = plan.SequenceCount;
        var isDecode = rows == sequences;
        var longest = 0;
        var shortest = int.MaxValue;
        var resumed = 0;
        for (var i = 0; i < sequences; i++)
        {
            var segment = plan.Segments[i];
            longest = Math.Max(longest, segment.Length);
            shortest = Math.Min(shortest, segment.Length);
            if (segment.FirstPosition > 0) resumed += segment.Length;
        }

        var context = isDecode ? sequences * longest : resumed;
        var numbers = new long[(3 * rows) + (2 * sequences) + context];
        for (var row = 0; row < rows; row++)
        {
            numbers[row] = plan.TokenIds[row];
            numbers[rows + row] = plan.Positions[row];
            numbers[(2 * rows) + row] = plan.Slots[row];
        }

        var (lastRows, lengths, slots) = (3 * rows, (3 * rows) + sequences, (3 * rows) + (2 * sequences));
        for (var i = 0; i < sequences; i++)
        {
            numbers[lastRows + i] = plan.LastRows[i];
            numbers[lengths + i] = plan.Segments[i].Length;
        }

        var next = slots;
        for (var i = 0; i < sequences; i++)
        {
            var segment = plan.Segments[i];
            if (!isDecode && segment.FirstPosition == 0) continue;
            for (var position = 0; position < (isDecode ? longest : segment.Length); position++)
                // Beyond its end a sequence reads its own first position, which is masked.
                numbers[next++] = SlotOf(plan, segment, position < segment.Length ? position : 0);
        }

        var device = tensor(numbers, device: format.Device);
        return new StepPlan(
            device.narrow(0, 0, rows), device.narrow(0, rows, rows), device.narrow(0, 2 * rows, rows),
            device.narrow(0, lastRows, sequences),
            isDecode ? [] : SegmentsOf(plan, device, slots))
        {
            Context = isDecode ? device.narrow(0, slots, context) : null,
            Mask = isDecode && shortest < longest
                ? MaskOf(device.narrow(0, lengths, sequences), allPositions.narrow(1, 0, longest), format)
                : null,
            HasPadding = plan.TokenIds.ContainsAnyInRange(int.MinValue, -1),
        };
    }

    private static unsafe List<StepSegment> SegmentsOf(ForwardPlan plan, Tensor device, int slots)
    {
        var segments = new List<StepSegment>(plan.SequenceCount);
        for (var i = 0; i < plan.SequenceCount; i++)
        {
            var segment = plan.Segments[i];
            Tensor? context = null;
            if (segment.FirstPosition > 0)
            {
                context = device.narrow(0, slots, segment.Length);
                slots += segment.Length;
            }

            segments.Add(new StepSegment(segment.FirstRow, segment.RowCount, segment.FirstPosition, context));
        }

        return segments;
    }

    private static unsafe long SlotOf(ForwardPlan plan, AttentionSegment segment, int position)
    {
        long block = plan.BlockTables[segment.FirstBlock + (position / KeyValueBlocks.BlockSize)];
        return (block * KeyValueBlocks.BlockSize) + (position % KeyValueBlocks.BlockSize);
    }

    private static Tensor MaskOf(Tensor lengths, Tensor positions, TensorFormat format)
    {
        var beyond = positions.ge(lengths.unsqueeze(1));
        return zeros(beyond.shape, format.Type, format.Device)
            .masked_fill(beyond, Scalars.MinusInfinity).unsqueeze(1).unsqueeze(1);
    }
}
