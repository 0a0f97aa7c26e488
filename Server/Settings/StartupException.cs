namespace Molmo.Demo.Server.Settings;

/// <summary>
/// The program cannot start. The message is the one sentence printed before it ends with exit code 1.
/// </summary>
public class StartupException(string message, Exception? innerException = null) : Exception(message, innerException);
