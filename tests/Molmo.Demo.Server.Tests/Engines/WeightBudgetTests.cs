using Molmo.Demo.Inference;
using Molmo.Demo.Server.Engines;

namespace Molmo.Demo.Server.Tests.Engines;

public sealed class WeightBudgetTests
{
    private const long Gigabyte = 1L << 30;

    [Theory]
    [InlineData(40, WeightPrecision.Float32)]
    [InlineData(35, WeightPrecision.Float32)]
    [InlineData(34, WeightPrecision.BFloat16)]
    [InlineData(18, WeightPrecision.Int8)]
    [InlineData(11, WeightPrecision.Int4)]
    [InlineData(2, WeightPrecision.Int4)]
    public void Choose_Auto_TakesTheMostExactThatFits(int freeGigabytes, WeightPrecision expected)
        => Assert.Equal(
            expected, WeightBudget.Choose(WeightSetting.Auto, Bytes, 2 * Gigabyte, freeGigabytes * Gigabyte));

    [Fact]
    public void Choose_AutoForSmallWeights_StaysExactOnAFullMachine()
        => Assert.Equal(
            WeightPrecision.Float32, WeightBudget.Choose(WeightSetting.Auto, _ => 30 << 20, Gigabyte, freeBytes: 0));

    [Theory]
    [InlineData(WeightSetting.Float32, WeightPrecision.Float32)]
    [InlineData(WeightSetting.BFloat16, WeightPrecision.BFloat16)]
    [InlineData(WeightSetting.Int8, WeightPrecision.Int8)]
    [InlineData(WeightSetting.Int4, WeightPrecision.Int4)]
    public void Choose_Configured_IsObeyed(WeightSetting setting, WeightPrecision expected)
        => Assert.Equal(expected, WeightBudget.Choose(setting, Bytes, 0, 0));

    [Theory]
    [InlineData(WeightSetting.Auto, WeightPrecision.Int8, 12, true)]
    [InlineData(WeightSetting.Auto, WeightPrecision.Int8, 11, false)]
    [InlineData(WeightSetting.Int8, WeightPrecision.Int8, 0, true)]
    [InlineData(WeightSetting.Int8, WeightPrecision.Int4, 99, false)]
    public void Fits_PackedFile_WhereItIsTheOneSetOrThereIsRoom(
        WeightSetting setting, WeightPrecision precision, int freeGigabytes, bool expected)
        => Assert.Equal(
            expected, WeightBudget.Fits(setting, precision, Bytes(precision), 2 * Gigabyte, freeGigabytes * Gigabyte));

    private static long Bytes(WeightPrecision precision) => precision switch
    {
        WeightPrecision.Float32 => 32 * Gigabyte,
        WeightPrecision.BFloat16 => 16 * Gigabyte,
        WeightPrecision.Int8 => 17 * Gigabyte / 2,
        _ => 9 * Gigabyte / 2,
    };
}
