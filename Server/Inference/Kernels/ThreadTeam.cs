using System.Diagnostics;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Kernels;

/// <summary>Work that falls into items which may run in any order and on any thread.</summary>
/// <remarks>A struct of pointers and numbers: it is shared by address, so that a dispatch allocates nothing.</remarks>
internal interface IKernelJob
{
    /// <param name="item">0 to count - 1; each is run once.</param>
    /// <param name="worker">The thread's number in its team, for scratch memory. 0 is the caller.</param>
    void Execute(int item, int worker);
}

/// <summary>Scratch memory of all threads of a team; contents undefined.</summary>
internal readonly unsafe struct Scratch(float* start, nint stride)
{
    /// <summary>A thread's part, aligned to 64 bytes.</summary>
    public float* Of(int worker) => start + (worker * stride);
}

/// <summary>
/// A small set of threads that share the items of one job after another. The caller works too and returns when all
/// items are done. Waiting threads spin briefly, then yield, then sleep: decoding sends hundreds of small jobs a token,
/// and the machine belongs to others as well.
/// </summary>
/// <remarks>
/// One caller at a time. Items are claimed by incrementing one counter, which holds generation, item count and
/// next item in one word: a thread that comes late can never take an item of a job that is already over.
/// </remarks>
internal sealed unsafe class ThreadTeam : IDisposable
{
    /// <summary>
    /// Multiply-adds below which the caller works alone. Some tens of microseconds: a dispatch costs one, but on a busy
    /// machine the other thread may be put aside with an item in hand, and then a whole time slice is lost.
    /// </summary>
    private const long MinSharedWork = 1 << 20;

    private const int FieldBits = 21;
    private const long FieldMask = (1L << FieldBits) - 1;

    /// <summary>Most items a job may have; room is left for one idle claim a thread.</summary>
    public const int MaxItems = (1 << FieldBits) - 4096;

    /// <summary>A page of floats, so that threads never share one.</summary>
    private const int ScratchUnit = 1024;

    /// <summary>
    /// Short: on a busy machine both threads may share a core, and every spin is then the other's time.
    /// </summary>
    private const int SpinCount = 50;

    private static readonly TimeSpan YieldTime = TimeSpan.FromMicroseconds(200);

    private readonly Thread[] _threads;
    private readonly Tensor _scratch = new(0, ScratchUnit);
    private readonly Tensor _shared = new(0, ScratchUnit);
    private readonly object _gate = new();
    private PaddedCounters _counters;
    private void* _job;
    private delegate*<void*, int, int, void> _execute;
    private int _parked;
    private volatile bool _stopped;

    /// <param name="size">Threads with the caller; 0 for one a core.</param>
    public ThreadTeam(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        Size = size == 0 ? Environment.ProcessorCount : Math.Min(size, 1024);
        _threads = new Thread[Size - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            var worker = i + 1;
            _threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"Kernel {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>Threads, the caller counted.</summary>
    public int Size { get; }

    /// <summary>Makes sure that each thread has that much scratch memory. Call before a job that uses it.</summary>
    public Scratch ReserveScratch(int floats)
    {
        var units = (floats + ScratchUnit - 1) / ScratchUnit;
        _scratch.Resize(Math.Max(units * Size, _scratch.Rows));
        return new Scratch(_scratch.Data, (nint)units * ScratchUnit);
    }

    /// <summary>
    /// Memory that all threads share, aligned to 64 bytes; contents undefined, and lost when it is asked for again.
    /// </summary>
    public byte* ReserveShared(long bytes)
    {
        const int unit = ScratchUnit * sizeof(float);
        _shared.Resize(Math.Max(checked((int)((bytes + unit - 1) / unit)), _shared.Rows));
        return (byte*)_shared.Data;
    }

    /// <summary>Whether the caller does that much work faster alone.</summary>
    /// <param name="work">Multiply-adds, or what takes as long.</param>
    public static bool IsSmall(long work) => work < MinSharedWork;

    /// <summary>Runs all items and returns when the last is done.</summary>
    /// <param name="job">What to run.</param>
    /// <param name="count">Items, at most <see cref="MaxItems"/>.</param>
    /// <param name="work">Multiply-adds in all, or what takes as long.</param>
    public void Run<TJob>(ref TJob job, int count, long work)
        where TJob : unmanaged, IKernelJob
    {
        Debug.Assert(count <= MaxItems, "Too many items for one dispatch.");
        fixed (TJob* address = &job)
        {
            if (Size == 1 || count <= 1 || IsSmall(work))
            {
                for (var item = 0; item < count; item++) address->Execute(item, 0);
                return;
            }

            Dispatch(address, &Execute<TJob>, count);
        }
    }

    public void Dispose()
    {
        if (_stopped) return;
        _stopped = true;
        lock (_gate) Monitor.PulseAll(_gate);
        foreach (var thread in _threads) thread.Join();
        Tensor.Dispose(_scratch, _shared);
    }

    private static void Execute<TJob>(void* job, int item, int worker)
        where TJob : unmanaged, IKernelJob
        => ((TJob*)job)->Execute(item, worker);

    private void Dispatch(void* job, delegate*<void*, int, int, void> execute, int count)
    {
        _job = job;
        _execute = execute;
        _counters.Done = 0;
        var generation = (_counters.Ticket >> (2 * FieldBits)) + 1;
        Interlocked.Exchange(ref _counters.Ticket, (generation << (2 * FieldBits)) | ((long)count << FieldBits));
        if (Volatile.Read(ref _parked) > 0)
            lock (_gate) Monitor.PulseAll(_gate);

        while (TryClaim(out var item))
        {
            execute(job, item, 0);
            Interlocked.Increment(ref _counters.Done);
        }

        for (var spins = 0; Volatile.Read(ref _counters.Done) < count; spins++)
        {
            if (spins < SpinCount) Thread.SpinWait(1);
            else Thread.Yield();
        }
    }

    private bool TryClaim(out int item)
    {
        item = 0;
        if (!HasItems()) return false;
        var ticket = Interlocked.Increment(ref _counters.Ticket) - 1;
        item = (int)(ticket & FieldMask);
        return item < ((ticket >> FieldBits) & FieldMask);
    }

    private bool HasItems()
    {
        var ticket = Volatile.Read(ref _counters.Ticket);
        return (ticket & FieldMask) < ((ticket >> FieldBits) & FieldMask);
    }

    private void Work(int worker)
    {
        while (WaitForItems())
        {
            while (TryClaim(out var item))
            {
                // A claimed item keeps its job open, so these two fields belong to it.
                _execute(_job, item, worker);
                Interlocked.Increment(ref _counters.Done);
            }
        }
    }

    private bool WaitForItems()
    {
        for (var i = 0; i < SpinCount; i++)
        {
            if (HasItems()) return true;
            Thread.SpinWait(1);
        }

        var start = Stopwatch.GetTimestamp();
        do
        {
            if (HasItems()) return true;
            Thread.Yield();
        }
        while (!_stopped && Stopwatch.GetElapsedTime(start) < YieldTime);

        lock (_gate)
        {
            // Counted before the last look: a caller who publishes after that look sees the count and pulses.
            Interlocked.Increment(ref _parked);
            while (!_stopped && !HasItems()) Monitor.Wait(_gate);
            Interlocked.Decrement(ref _parked);
        }

        return !_stopped;
    }

    /// <summary>Counters that all threads write, away from fields that they only read.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct PaddedCounters
    {
        [FieldOffset(64)]
        public long Ticket;

        [FieldOffset(128)]
        public int Done;
    }
}
