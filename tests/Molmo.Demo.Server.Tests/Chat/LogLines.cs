using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>Collects what the host logs.</summary>
internal sealed class LogLines : ILoggerProvider
{
    public ConcurrentQueue<(LogLevel Level, string Text, Exception? Exception)> All { get; } = new();

    public ILogger CreateLogger(string categoryName) => new Collector(All);

    public void Dispose()
    {
    }

    private sealed class Collector(ConcurrentQueue<(LogLevel, string, Exception?)> all) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
            => all.Enqueue((logLevel, formatter(state, exception), exception));
    }
}
