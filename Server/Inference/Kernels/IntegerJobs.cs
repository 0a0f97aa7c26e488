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
        long work = 0, length = 0;
        for (var i = 0; i < count; i++)
        {
            Debug.Assert(products[i].Rows > 0 && products[i].Inputs == products[0].Inputs, "Products that fit.");
            work += products[i].Work;
            length += products[i].QuantizedLength;
        }

        var wanted = team.Size == 1 || ThreadTeam.IsSmall(work) ? 1 : team.Size * ItemsPerThread;
        var quantized = team.ReserveShared(length);
        int rows = 0, items = 0, scratch = 0;
        for (var i = 0; i < count; i++)
        {
            products[i].Split(Math.Max(1, wanted / count));
            products[i].Place(quantized);
            quantized += products[i].QuantizedLength;
            rows += products[i].Rows;
            items += products[i].ItemCount;
            scratch = Math.Max(scratch, products[i].ScratchLength);
        }

        var quantizing = new QuantizeJob(products, rows);
        team.Run(ref quantizing, (rows + RowsPerItem - 1) / RowsPerItem,
            (long)rows * products[0].Inputs * WorkPerElement);
        var multiplying = new MultiplyJob(products, team.ReserveScratch(scratch));
        team.Run(ref multiplying, items, work);
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
