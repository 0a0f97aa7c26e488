namespace Molmo.Demo.Inference.Kernels;

/// <summary>How attention is cut into items; results do not depend on it.</summary>
/// <param name="QueriesPerItem">Whole tiles.</param>
/// <param name="IsByChunk">Whether an item is one tile with one chunk of positions, to be put together
/// afterwards.</param>
internal readonly unsafe record struct AttentionSplit(int QueriesPerItem, bool IsByChunk)
{
    /// <summary>Tiles that pass by a chunk together where there is enough to do.</summary>
    private const int MaxTiles = 4;

    /// <summary>Items a thread, so that one that starts late or is slow does not hold up the rest.</summary>
    private const int ItemsPerThread = 4;

    /// <summary>Items of a segment and a key/value head, chunks not counted.</summary>
    public int ItemsOf(int rowCount, int group) => ((rowCount * group) + QueriesPerItem - 1) / QueriesPerItem;

    /// <summary>
    /// Chooses the largest items that leave no thread idle, and sets which of them are whose segment's: a few queries
    /// of a long sequence are cut along its positions.
    /// </summary>
    /// <returns>The choice and the number of items.</returns>
    public static (AttentionSplit Split, int Items) For(
        AttentionSegment* segments, int segmentCount, int group, int keyValueHeads, long work, ThreadTeam team)
    {
        var isShared = team.Size > 1 && !ThreadTeam.IsSmall(work);
        var split = new AttentionSplit(MaxTiles * AttentionTile.Rows, IsByChunk: false);
        if (isShared && Number(split) < team.Size * ItemsPerThread)
            split = split with { QueriesPerItem = AttentionTile.Rows };
        if (isShared && Number(split) < team.Size) split = split with { IsByChunk = true };
        return (split, Number(split));

        int Number(AttentionSplit split)
        {
            var items = 0;
            for (var i = 0; i < segmentCount; i++)
            {
                ref var segment = ref segments[i];
                segment.FirstItem = items;
                items += split.ItemsOf(segment.RowCount, group) * keyValueHeads
                    * (split.IsByChunk ? Attention.ChunksOf(segment.Length) : 1);
            }

            return items;
        }
    }
}
