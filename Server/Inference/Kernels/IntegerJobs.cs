using System.Diagnostics;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>Runs integer products.</summary>
internal static unsafe class IntegerJobs
{
    /// <summary>Items a thread, so that one that starts late or is slow does not hold up the rest.</summary>
    private const int ItemsPerThread = 4;

    /// <summary>Rows that one item brings into 8 bits.</summary>
    private const int RowsPerItem = 4;

    /// <summary>Bringing an element into 8 bits takes about as long as this many multiply-adds.</summary>
    private const int WorkPerElement = 16;

    /// <summary>All products, each with at least one row; of the same number of inputs.</summary>
    /// <param name="products">Read and written by address.</param>
    /// <param name="count">At least one.</param>
    /// <param name="team">Threads that share the work.</param>
    public static void Run(IntegerProduct* products, int count, ThreadTeam team)
    {
        var place = team.ReserveShared(QuantizedLength(products, count));
        Prepare(products, count, ref place, team);
        Quantize(products, count, team);
        Multiply(products, count, team);
    }

    /// <summary>
    /// Feed-forward layers: down(activation(up(x))). What lies between stays in 8 bits; outputs have the bits that the
    /// three steps give one after the other.
    /// </summary>
    /// <param name="ups">As those of <see cref="Run"/>; their y is not used.</param>
    /// <param name="downs">Of each the second product; its x is not used. <see cref="CanFeed"/>.</param>
    /// <param name="count">At least one.</param>
    /// <param name="activation">What comes between.</param>
    /// <param name="team">Threads that share the work.</param>
    public static void RunFeedForward(
        IntegerProduct* ups, IntegerProduct* downs, int count, Activation activation, ThreadTeam team)
    {
        var place = team.ReserveShared(QuantizedLength(ups, count) + QuantizedLength(downs, count));
        for (var i = 0; i < count; i++) ups[i].Feed(downs + i, activation);
        Prepare(ups, count, ref place, team);
        Prepare(downs, count, ref place, team);
        Quantize(ups, count, team);
        Multiply(ups, count, team);
        Multiply(downs, count, team);
    }

    /// <summary>Whether one product's activated outputs can be made the next one's rows.</summary>
    public static bool CanFeed(PackedMatrix up, PackedMatrix down)
        => PackedFormat.HasBlocks(up.Precision) && PackedFormat.HasBlocks(down.Precision)
            && down.Inputs % PackedMatrix.PanelWidth == 0;

    private static long QuantizedLength(IntegerProduct* products, int count)
    {
        var length = 0L;
        for (var i = 0; i < count; i++) length += products[i].QuantizedLength;
        return length;
    }

    private static long WorkOf(IntegerProduct* products, int count)
    {
        var work = 0L;
        for (var i = 0; i < count; i++) work += products[i].Work;
        return work;
    }

    /// <summary>Chooses the items and where rows in 8 bits are.</summary>
    private static void Prepare(IntegerProduct* products, int count, ref byte* place, ThreadTeam team)
    {
        var isSmall = team.Size == 1 || ThreadTeam.IsSmall(WorkOf(products, count));
        var wanted = isSmall ? 1 : team.Size * ItemsPerThread;
        for (var i = 0; i < count; i++)
        {
            Debug.Assert(products[i].Rows > 0 && products[i].Inputs == products[0].Inputs, "Products that fit.");
            products[i].Split(Math.Max(1, wanted / count));
            products[i].PlaceAt(place);
            place += products[i].QuantizedLength;
        }
    }

    private static void Quantize(IntegerProduct* products, int count, ThreadTeam team)
    {
        var rows = 0;
        for (var i = 0; i < count; i++) rows += products[i].Rows;
        var job = new QuantizeJob(products, rows);
        team.Run(
            ref job, (rows + RowsPerItem - 1) / RowsPerItem, (long)rows * products[0].Inputs * WorkPerElement);
    }

    private static void Multiply(IntegerProduct* products, int count, ThreadTeam team)
    {
        int items = 0, scratch = 0;
        for (var i = 0; i < count; i++)
        {
            items += products[i].ItemCount;
            scratch = Math.Max(scratch, products[i].ScratchLength);
        }

        var job = new MultiplyJob(products, team.ReserveScratch(scratch));
        team.Run(ref job, items, WorkOf(products, count));
    }

    private readonly struct QuantizeJob(IntegerProduct* products, int rows) : IKernelJob
    {
        public void Execute(int item, int worker)
        {
            var row = item * RowsPerItem;
            var product = products;
            var end = Math.Min(row + RowsPerItem, rows);
            var first = 0;
            for (; row < end; row++)
            {
                for (; row - first >= product->Rows; product++) first += product->Rows;
                product->Quantize(row - first);
            }
        }
    }

    private readonly struct MultiplyJob(IntegerProduct* products, Scratch scratch) : IKernelJob
    {
        public void Execute(int item, int worker)
        {
            var product = products;
            for (; item >= product->ItemCount; product++) item -= product->ItemCount;
            product->Execute(item, scratch.Of(worker));
        }
    }
}
