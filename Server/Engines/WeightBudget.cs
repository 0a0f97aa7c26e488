using Molmo.Demo.Inference;

namespace Molmo.Demo.Server.Engines;

/// <summary>Which precision the weights get.</summary>
internal static class WeightBudget
{
    /// <summary>Room left beside weights and keys: activations, pictures, pages.</summary>
    public const long WorkingBytes = 1L << 30;

    /// <param name="setting">What is configured; it decides unless it leaves the choice.</param>
    /// <param name="bytesOf">Memory that the weights take in a precision.</param>
    /// <param name="keyValueBytes">Keys and values of an answer at full length.</param>
    /// <param name="freeBytes">Memory that this process may still take.</param>
    /// <returns>The configured precision; else the most exact that fits, and the smallest where none does.</returns>
    public static WeightPrecision Choose(
        WeightSetting setting, Func<WeightPrecision, long> bytesOf, long keyValueBytes, long freeBytes)
    {
        if (setting != WeightSetting.Auto) return PrecisionOf(setting);
        var room = freeBytes - keyValueBytes - WorkingBytes;
        foreach (var precision in (WeightPrecision[])[
            WeightPrecision.Float32, WeightPrecision.BFloat16, WeightPrecision.Int8])
        {
            if (IsSmall(bytesOf(precision)) || bytesOf(precision) <= room) return precision;
        }

        return WeightPrecision.Int4;
    }

    /// <summary>The form that takes the least memory among those a setting allows.</summary>
    public static WeightPrecision Smallest(WeightSetting setting)
        => setting == WeightSetting.Auto ? WeightPrecision.Int4 : PrecisionOf(setting);

    /// <summary>
    /// Whether weights may be mapped: with those of a configured precision always, else where they fit.
    /// </summary>
    public static bool Fits(
        WeightSetting setting, WeightPrecision precision, long bytes, long keyValueBytes, long freeBytes)
        => setting == WeightSetting.Auto
            ? IsSmall(bytes) || bytes <= freeBytes - keyValueBytes - WorkingBytes
            : PrecisionOf(setting) == precision;

    /// <summary>Weights that make no difference to a machine on which the rest of the program runs.</summary>
    public static bool IsSmall(long bytes) => bytes <= WorkingBytes / 8;

    /// <exception cref="StartupException">The setting is a form that the managed engine does not keep.</exception>
    public static void Check(WeightSetting setting)
    {
        if (setting != WeightSetting.Auto) PrecisionOf(setting);
    }

    private static WeightPrecision PrecisionOf(WeightSetting setting) => setting switch
    {
        WeightSetting.Float32 => WeightPrecision.Float32,
        WeightSetting.BFloat16 => WeightPrecision.BFloat16,
        WeightSetting.Int8 => WeightPrecision.Int8,
        WeightSetting.Int4 => WeightPrecision.Int4,
        WeightSetting.Float16 =>
            throw new StartupException("Weights in float16 are for libtorch, --device cuda or --device torch-cpu. "
                + "In the managed engine they can be float32, bfloat16, int8 or int4; set one of these."),
        _ => throw new ArgumentOutOfRangeException(nameof(setting), setting, "Unknown setting."),
    };
}
