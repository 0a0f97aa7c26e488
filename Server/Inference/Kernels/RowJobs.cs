namespace Molmo.Demo.Inference.Kernels;

/// <summary>Work on rows that may be done in any order and on any thread.</summary>
internal interface IRowJob
{
    /// <summary>Does the rows from <paramref name="begin"/> to before <paramref name="end"/>.</summary>
    void Execute(nint begin, nint end);
}

/// <summary>How element-wise kernels share rows: enough elements an item to be worth claiming.</summary>
internal struct RowJob<TJob>(TJob job, int rows, int rowsPerItem) : IKernelJob
    where TJob : unmanaged, IRowJob
{
    public void Execute(int item, int worker)
        => job.Execute(item * rowsPerItem, Math.Min(rows, (item + 1) * rowsPerItem));
}

internal static class RowJobs
{
    private const int ElementsPerItem = 1 << 13;

    /// <summary>An element of these kernels takes about as long as this many multiply-adds of a product.</summary>
    private const int WorkPerElement = 16;

    /// <summary>Shares a job's rows among the threads and returns when the last is done.</summary>
    /// <param name="team">Threads.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Elements that a row takes.</param>
    /// <param name="job">What to do with them.</param>
    public static void RunRows<TJob>(this ThreadTeam team, int rows, int columns, TJob job)
        where TJob : unmanaged, IRowJob
    {
        var rowsPerItem = Math.Max(1, ElementsPerItem / columns);
        var shared = new RowJob<TJob>(job, rows, rowsPerItem);
        team.Run(ref shared, (rows + rowsPerItem - 1) / rowsPerItem, (long)rows * columns * WorkPerElement);
    }
}
