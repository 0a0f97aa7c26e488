namespace Molmo.Demo.Inference.Torch.Native;

/// <summary>Finds libtorch and loads it into this process, once, before anything of TorchSharp is used.</summary>
public static class LibTorch
{
    /// <param name="folder">Folder of libtorch; null for the one that the program was built with.</param>
    /// <returns>Version and folder of what is loaded.</returns>
    /// <exception cref="LibTorchException">It is missing or does not fit; the message says what to do.</exception>
    public static LibTorchInfo Load(string? folder) => throw new NotSupportedException();

    /// <summary>GPUs that libtorch would find: 0 where it is missing, has no CUDA, or there is no driver. Loads nothing of libtorch.</summary>
    public static int CountGpus(string? folder) => throw new NotSupportedException();
}

/// <summary>What was loaded.</summary>
/// <param name="Folder">Where it lies.</param>
/// <param name="Version">Such as <c>2.10.0</c>; null where its folder does not say.</param>
/// <param name="HasCuda">Whether it can drive a GPU.</param>
public sealed record LibTorchInfo(string Folder, string? Version, bool HasCuda);

/// <summary>libtorch cannot be used. The message is a sentence for the person who starts the program.</summary>
public sealed class LibTorchException(string message, Exception? innerException = null) : Exception(message, innerException);
