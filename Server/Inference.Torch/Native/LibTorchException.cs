namespace Molmo.Demo.Inference.Torch.Native;

/// <summary>libtorch cannot be used. The message is a sentence for the person who starts the program.</summary>
public sealed class LibTorchException(string message, Exception? innerException = null)
    : Exception(message, innerException);
