using Molmo.Demo.Inference.Engine;

namespace Molmo.Demo.Inference.Torch;

/// <summary>What libtorch's errors mean. It tells them apart by their words alone.</summary>
internal static class TorchFaults
{
    private static readonly string[] MemoryWords = ["out of memory", "can't allocate memory", "not enough memory"];

    /// <summary>Errors after which a CUDA context refuses everything else.</summary>
    private static readonly string[] LostWords =
    [
        "CUDA error", "CUDA driver error", "device-side assert", "CUBLAS_STATUS_EXECUTION_FAILED",
        "CUBLAS_STATUS_INTERNAL_ERROR", "CUBLAS_STATUS_NOT_INITIALIZED",
    ];

    /// <summary>What the engine is to see of an error of libtorch; null where it is an error of one question.</summary>
    public static Exception? Find(Exception e)
    {
        if (e is not ExternalException) return null;
        var first = e.Message.Split('\n')[0];
        if (IsOneOf(MemoryWords, e.Message))
            return new DeviceMemoryException($"The device has too little memory: {first}", e);
        return IsOneOf(LostWords, e.Message) ? new DeviceLostException($"The GPU answers no more: {first}", e) : null;
    }

    private static bool IsOneOf(string[] words, string message)
        => words.Any(word => message.Contains(word, StringComparison.Ordinal));
}
