namespace Molmo.Demo.Server.Settings;

/// <summary>What the model computes on, as it was set.</summary>
internal enum DeviceKind
{
    /// <summary>A GPU where libtorch sees one, else the managed engine.</summary>
    Auto,

    /// <summary>The managed engine on the processor.</summary>
    Managed,

    /// <summary>libtorch on the processor.</summary>
    TorchCpu,

    /// <summary>libtorch on a GPU.</summary>
    Gpu,
}

/// <summary>The setting <c>Molmo:Device</c>, read.</summary>
/// <param name="Kind">What it names.</param>
/// <param name="Gpu">Number of the GPU, for that kind.</param>
internal readonly partial record struct DeviceChoice(DeviceKind Kind, int Gpu = 0)
{
    /// <exception cref="StartupException">It is none of the values.</exception>
    public static DeviceChoice Parse(string text) => text.ToLowerInvariant() switch
    {
        "auto" => new(DeviceKind.Auto),
        "cpu" => new(DeviceKind.Managed),
        "torch-cpu" => new(DeviceKind.TorchCpu),
        "cuda" => new(DeviceKind.Gpu),
        var other when Numbered().Match(other) is { Success: true } match
            => new(DeviceKind.Gpu, int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)),
        _ => throw new StartupException(
            $"The device {text} is none that this program knows. "
            + "Give auto, cpu, cuda, cuda:1 (or another number) or torch-cpu with --device or Molmo__Device."),
    };

    // No machine has a thousand of them.
    [GeneratedRegex(@"^cuda:(\d{1,3})\z")]
    private static partial Regex Numbered();
}
