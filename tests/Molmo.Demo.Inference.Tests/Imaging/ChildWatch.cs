namespace Molmo.Demo.Inference.Tests.Imaging;

/// <summary>
/// Looks again and again at the processes that this one has started, on Linux: how much memory and processor time each
/// took.
/// </summary>
internal sealed class ChildWatch : IDisposable
{
    // What is held for a shorter time may be missed.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(4);

    // Clock ticks a second, which Linux shows to programs whatever its own are.
    private const double Ticks = 100;

    private readonly CancellationTokenSource _over = new();
    private readonly Thread _thread;

    public ChildWatch()
    {
        _thread = new Thread(Watch) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Bytes in memory of the process that had most, at its peak.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Seconds of a core that one process took at most.</summary>
    public double Seconds { get; private set; }

    /// <summary>Whether any process was seen.</summary>
    public bool HasSeen => PeakBytes > 0;

    /// <summary>Looks no more; what was seen stays.</summary>
    public void Stop()
    {
        _over.Cancel();
        _thread.Join();
    }

    public void Dispose()
    {
        Stop();
        _over.Dispose();
    }

    private void Watch()
    {
        do
        {
            foreach (var task in Directory.EnumerateDirectories("/proc/self/task"))
                foreach (var child in Words(Text(Path.Combine(task, "children")))) Look(child);
        }
        while (!_over.Token.WaitHandle.WaitOne(Interval));
    }

    private void Look(string child)
    {
        // Before it becomes the program that is meant, it is a copy of this one.
        if (!Text($"/proc/{child}/cmdline").Contains("Molmo.Demo.Inference.dll", StringComparison.Ordinal)) return;
        var lines = Text($"/proc/{child}/status").Split('\n');
        var peak = lines.FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        if (peak is not null) PeakBytes = Math.Max(PeakBytes, 1024 * Number(Words(peak)[^2]));
        // The name before it may hold spaces, but no closing bracket behind it does.
        var fields = Words(Text($"/proc/{child}/stat").Split(')')[^1]);
        if (fields.Length > 12) Seconds = Math.Max(Seconds, (Number(fields[11]) + Number(fields[12])) / Ticks);
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    // Processes end while they are looked at.
    private static string Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
