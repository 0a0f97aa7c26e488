namespace Molmo.Demo.Inference.Torch.Native;

/// <summary>What was loaded.</summary>
/// <param name="Folder">Where it lies.</param>
/// <param name="Version">Such as <c>2.10.0</c>; null where its folder does not say.</param>
/// <param name="HasCuda">Whether it can drive a GPU.</param>
public sealed record LibTorchInfo(string Folder, string? Version, bool HasCuda);
