namespace Molmo.Demo.Server.Engines;

/// <summary>
/// Progress for the one who started the program: a single line that is written over on a terminal, now and then a line
/// elsewhere.
/// </summary>
/// <param name="output">Where it is written.</param>
/// <param name="width">Columns of the terminal; 0 where it is none.</param>
/// <param name="interval">Time between two lines where it is no terminal.</param>
/// <param name="time">Measures it.</param>
public sealed class ProgressLine(TextWriter output, int width, TimeSpan interval, TimeProvider time)
{
    private readonly Lock _gate = new();
    private long? _last;
    private int _length;

    /// <summary>On standard error.</summary>
    public static ProgressLine OnStandardError(TimeSpan interval) => On(Console.Error, interval);

    /// <summary>On what stands for standard error.</summary>
    public static ProgressLine On(TextWriter error, TimeSpan interval)
        => new(
            error, Console.IsErrorRedirected ? 0 : Math.Max(40, Console.IsOutputRedirected ? 80 : Console.WindowWidth),
            interval, TimeProvider.System);

    /// <summary>
    /// How far it is. Where it is no terminal most of these are left out, but never one that is the last.
    /// </summary>
    public void Say(string text, bool isLast = false)
    {
        lock (_gate)
        {
            if (width > 0)
            {
                // The cursor goes back to the start, so that a line of the log replaces this one and does not follow
                // it.
                var shown = text.Length < width ? text : text[..(width - 1)];
                output.Write($"{shown.PadRight(_length)}\r");
                _length = shown.Length;
                return;
            }
            if (!isLast && _last is { } last && time.GetElapsedTime(last) < interval) return;
            _last = time.GetTimestamp();
            output.WriteLine(text);
        }
    }

    /// <summary>Leaves what was written over standing, and begins anew.</summary>
    public void End()
    {
        lock (_gate)
        {
            if (_length > 0) output.WriteLine();
            _length = 0;
            _last = null;
        }
    }
}
