namespace Molmo.Demo.Inference.Engine;

/// <summary>Why the engine does not give an answer.</summary>
public enum EngineFault
{
    /// <summary>The prompt leaves no position for an answer.</summary>
    PromptTooLong,

    /// <summary>The network threw; the cause is the inner exception. Other answers go on.</summary>
    ModelFailed,

    /// <summary>The network gave numbers that are not finite.</summary>
    InvalidLogits,

    /// <summary>The device has too little memory for this answer. Other answers go on.</summary>
    OutOfMemory,

    /// <summary>The device answers no more: all answers end, and the process must be started again.</summary>
    DeviceLost,

    /// <summary>The engine has been disposed.</summary>
    Stopped,
}

/// <summary>An answer that could not be made or finished.</summary>
public sealed class EngineException(EngineFault fault, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>Why.</summary>
    public EngineFault Fault { get; } = fault;
}

/// <summary>A device has too little memory for what was asked of it; it goes on with other work.</summary>
public sealed class DeviceMemoryException(
    string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>A device answers no more, and nothing in this process can use it again.</summary>
public sealed class DeviceLostException(
    string message, Exception? innerException = null) : Exception(message, innerException);
