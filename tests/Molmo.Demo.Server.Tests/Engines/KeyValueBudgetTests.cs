using Molmo.Demo.Inference.Model;
using Molmo.Demo.Server.Engines;

namespace Molmo.Demo.Server.Tests.Engines;

public sealed class KeyValueBudgetTests
{
    private const long Plenty = 1L << 40;

    [Fact]
    public void Blocks_PlentyOfMemory_HoldsAllAnswersAtFullLength()
        => Assert.Equal(4 * 7, KeyValueBudget.Blocks(0, maxSequences: 4, maxPositions: 100, blockSize: 16,
            bytesPerBlock: 16_000, Plenty, KeyValueBudget.ProcessorShare));

    [Fact]
    public void Blocks_LittleMemory_TakesHalfOfIt()
        => Assert.Equal(10, KeyValueBudget.Blocks(
            0, 4, 4096, 16, 16_000, freeBytes: 2 * 10 * 16 * 1000, KeyValueBudget.ProcessorShare));

    [Fact]
    public void Blocks_LittleMemoryOfAGpu_TakesNearlyAll()
        => Assert.InRange(
            KeyValueBudget.Blocks(0, 4, 4096, 16, 16_000, freeBytes: 100 * 16_000, KeyValueBudget.GpuShare), 90, 99);

    [Fact]
    public void Blocks_ConfiguredMemory_IsNotExceeded()
        => Assert.Equal(64,
            KeyValueBudget.Blocks(megabytes: 16, 64, 4096, 16, 16 << 14, freeBytes: 0, KeyValueBudget.ProcessorShare));

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void Blocks_NothingFree_IsOne(long freeBytes)
        => Assert.Equal(1, KeyValueBudget.Blocks(0, 4, 4096, 16, 16_000, freeBytes, KeyValueBudget.ProcessorShare));

    [Fact]
    public void FreeBytes_Here_IsSomeButNotMoreThanTheMachineHas()
        => Assert.InRange(HostMemory.FreeBytes(), 1, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
}
