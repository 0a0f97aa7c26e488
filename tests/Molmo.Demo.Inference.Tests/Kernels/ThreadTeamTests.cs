using Molmo.Demo.Inference.Kernels;

namespace Molmo.Demo.Inference.Tests.Kernels;

public sealed unsafe class ThreadTeamTests
{
    private const long LargeWork = long.MaxValue;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Run_ManyJobs_RunsEachItemOnce(int size)
    {
        using var team = new ThreadTeam(size);
        const int most = 1000;
        var counts = new int[most];
        fixed (int* pointer = counts)
        {
            for (var round = 0; round < 2000; round++)
            {
                var count = round % 50 == 0 ? most : round % 13;
                Array.Clear(counts);
                var job = new CountJob { Counts = pointer, Size = size };
                team.Run(ref job, count, LargeWork);
                Assert.Equal(-1, counts.AsSpan(0, count).IndexOfAnyExcept(1));
                Assert.Equal(-1, counts.AsSpan(count).IndexOfAnyExcept(0));
            }
        }
    }

    [Fact]
    public void Run_AfterThreadsSleep_StillRunsEverything()
    {
        using var team = new ThreadTeam(4);
        var counts = new int[64];
        fixed (int* pointer = counts)
        {
            for (var round = 1; round <= 20; round++)
            {
                Thread.Sleep(2);
                var job = new CountJob { Counts = pointer, Size = 4 };
                team.Run(ref job, counts.Length, LargeWork);
                Assert.Equal(-1, counts.AsSpan().IndexOfAnyExcept(round));
            }
        }
    }

    [Fact]
    public void Run_FromChangingThreads_RunsEverything()
    {
        using var team = new ThreadTeam(3);
        var counts = new int[32];
        for (var round = 1; round <= 20; round++)
        {
            var thread = new Thread(() =>
            {
                fixed (int* pointer = counts)
                {
                    var job = new CountJob { Counts = pointer, Size = 3 };
                    team.Run(ref job, counts.Length, LargeWork);
                }
            });
            thread.Start();
            thread.Join();
            Assert.Equal(-1, counts.AsSpan().IndexOfAnyExcept(round));
        }
    }

    [Fact]
    public void Run_WarmTeam_AllocatesNothing()
    {
        using var team = new ThreadTeam(2);
        var counts = new int[16];
        fixed (int* pointer = counts)
        {
            var job = new CountJob { Counts = pointer, Size = 2 };
            team.Run(ref job, counts.Length, LargeWork);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++) team.Run(ref job, counts.Length, LargeWork);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [Fact]
    public void ReserveScratch_EachThread_HasItsOwn()
    {
        using var team = new ThreadTeam(3);
        var scratch = team.ReserveScratch(5000);
        for (var worker = 0; worker < 3; worker++) new Span<float>(scratch.Of(worker), 5000).Fill(worker);
        for (var worker = 0; worker < 3; worker++)
            Assert.Equal(-1, new Span<float>(scratch.Of(worker), 5000).IndexOfAnyExcept(worker));
    }

    private struct CountJob : IKernelJob
    {
        public int* Counts;
        public int Size;

        public readonly void Execute(int item, int worker)
        {
            if ((uint)worker < (uint)Size) Interlocked.Increment(ref Counts[item]);
        }
    }
}
