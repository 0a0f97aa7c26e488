using Molmo.Demo.Server.ModelHub;

namespace Molmo.Demo.Server.Commands;

/// <summary>How far a long command is: one line that is written over on a terminal; a line every five seconds elsewhere.</summary>
internal sealed class ProgressLines(TextWriter error, bool isTerminal, TimeProvider time) : IProgress<FetchProgress>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private long _last;
    private int _width;

    /// <summary>On the standard error of this process.</summary>
    public static ProgressLines For(TextWriter error) => new(error, isTerminal: !Console.IsErrorRedirected, TimeProvider.System);

    public void Report(FetchProgress value)
    {
        lock (_lock)
        {
            if (!isTerminal && _last != 0 && time.GetElapsedTime(_last) < Interval && value.DoneBytes < value.TotalBytes) return;
            _last = time.GetTimestamp();
            var text = FetchWords.Say(value);
            if (isTerminal) error.Write($"\r{text.PadRight(_width)}");
            else error.WriteLine(text);
            _width = text.Length;
        }
    }

    /// <summary>What is written next begins a line.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (isTerminal && _width > 0) error.WriteLine();
            _width = 0;
        }
    }
}
