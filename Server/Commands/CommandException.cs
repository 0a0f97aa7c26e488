namespace Molmo.Demo.Server.Commands;

/// <summary>
/// A command cannot do its work. The message is the sentence printed before it ends with exit code 1.
/// </summary>
internal sealed class CommandException(string message, Exception? innerException = null)
    : Exception(message, innerException);
