namespace Molmo.Demo.Inference.Engine;

/// <summary>A device has too little memory for what was asked of it; it goes on with other work.</summary>
public sealed class DeviceMemoryException(
    string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>A device answers no more, and nothing in this process can use it again.</summary>
public sealed class DeviceLostException(
    string message, Exception? innerException = null) : Exception(message, innerException);
