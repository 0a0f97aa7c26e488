using Molmo.Demo.Inference.Torch;

namespace Molmo.Demo.Server.Engines;

/// <summary>Which precision the weights get on a device through libtorch.</summary>
internal static class TorchWeights
{
    /// <exception cref="StartupException">The setting is a form that libtorch does not compute with.</exception>
    public static TorchPrecision PrecisionOf(WeightSetting setting, TorchDevice device) => setting switch
    {
        WeightSetting.Auto => device.Gpu is null ? TorchPrecision.Float32 : TorchPrecision.BFloat16,
        WeightSetting.Float32 => TorchPrecision.Float32,
        WeightSetting.BFloat16 => TorchPrecision.BFloat16,
        WeightSetting.Float16 => TorchPrecision.Float16,
        _ => throw new StartupException(
            $"Weights in {setting.ToString().ToLowerInvariant()} are for the managed engine, --device cpu. "
            + "Through libtorch they can be float32, bfloat16 or float16; set one of these."),
    };
}
