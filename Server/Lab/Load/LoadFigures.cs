namespace Molmo.Demo.Lab.Load;

/// <summary>What many people at once saw. For any number of threads until it is read.</summary>
internal sealed class LoadFigures
{
    private readonly Lock _gate = new();
    private readonly List<float> _gaps = [];
    private readonly List<float> _firsts = [];
    private readonly List<float> _uploads = [];
    private readonly Dictionary<string, int> _faults = [];
    private int _answers;
    private long _tokens;

    /// <summary>An answer came to its end.</summary>
    /// <param name="firstMs">From the question to the first that was seen of it, milliseconds.</param>
    /// <param name="gapsMs">Between what was seen of it, milliseconds.</param>
    /// <param name="tokens">Tokens of it.</param>
    public void Add(double firstMs, IEnumerable<float> gapsMs, int tokens)
    {
        lock (_gate)
        {
            _answers++;
            _tokens += tokens;
            _firsts.Add((float)firstMs);
            _gaps.AddRange(gapsMs);
        }
    }

    /// <summary>A photo was taken in.</summary>
    public void AddPhoto(double ms)
    {
        lock (_gate) _uploads.Add((float)ms);
    }

    /// <summary>Something went wrong.</summary>
    /// <param name="sentence">Counted by its words.</param>
    public void AddFault(string sentence)
    {
        lock (_gate) _faults[sentence] = _faults.GetValueOrDefault(sentence) + 1;
    }

    /// <param name="people">How many asked at once.</param>
    /// <param name="stamp">What answered; null where nothing did.</param>
    /// <param name="seconds">How long.</param>
    /// <param name="memory">Bytes of the server's process, one figure a second.</param>
    public LoadReport ToReport(int people, EngineStamp? stamp, double seconds, IReadOnlyList<long> memory)
    {
        lock (_gate)
        {
            var quarter = Math.Max(1, memory.Count / 4);
            return new LoadReport(
                people, stamp, seconds, _answers, _tokens / seconds, Spread.Of(_firsts), Spread.Of(_gaps),
                Spread.Of(_uploads), MemoryShare.Of(memory.Take(quarter)), MemoryShare.Of(memory.TakeLast(quarter)),
                new SortedDictionary<string, int>(_faults, StringComparer.Ordinal));
        }
    }
}

/// <summary>Milliseconds of many events.</summary>
/// <param name="Count">How many.</param>
/// <param name="P50">Half are not longer.</param>
/// <param name="P95">Nineteen of twenty are not longer.</param>
/// <param name="P99">Ninety-nine of a hundred are not longer.</param>
/// <param name="Max">The longest.</param>
internal sealed record Spread(int Count, double P50, double P95, double P99, double Max)
{
    public static Spread Of(IReadOnlyCollection<float> values)
    {
        if (values.Count == 0) return new Spread(0, 0, 0, 0, 0);
        float[] sorted = [.. values.Order()];
        return new Spread(sorted.Length, At(0.5), At(0.95), At(0.99), Math.Round(sorted[^1], 1));

        double At(double part) => Math.Round(sorted[Math.Max(0, (int)Math.Ceiling(sorted.Length * part) - 1)], 1);
    }
}

/// <summary>Megabytes of a process in a part of the run.</summary>
/// <param name="Median">Half of the time it was not more.</param>
/// <param name="Max">The most.</param>
internal sealed record MemoryShare(double Median, double Max)
{
    public static MemoryShare Of(IEnumerable<long> bytes)
    {
        double[] sorted = [.. bytes.Select(value => Math.Round(value / 1e6, 1)).Order()];
        return sorted.Length == 0 ? new MemoryShare(0, 0) : new MemoryShare(sorted[sorted.Length / 2], sorted[^1]);
    }
}

/// <summary>What <c>load</c> found.</summary>
/// <param name="People">Asking at once.</param>
/// <param name="Stamp">What answered; null where nothing did.</param>
/// <param name="Seconds">How long, loading apart.</param>
/// <param name="Answers">Read to their end.</param>
/// <param name="TokensPerSecond">Of all together.</param>
/// <param name="FirstMs">From a question to the first that was seen of its answer.</param>
/// <param name="GapMs">Between what was seen of one answer; several tokens may come at once.</param>
/// <param name="PhotoMs">To take a new photo in.</param>
/// <param name="FirstQuarterMegabytes">Of the server's process.</param>
/// <param name="LastQuarterMegabytes">Likewise.</param>
/// <param name="Faults">What went wrong, and how often.</param>
internal sealed record LoadReport(
    int People, EngineStamp? Stamp, double Seconds, int Answers, double TokensPerSecond, Spread FirstMs, Spread GapMs,
    Spread PhotoMs, MemoryShare FirstQuarterMegabytes, MemoryShare LastQuarterMegabytes,
    IReadOnlyDictionary<string, int> Faults)
{
    /// <summary>For people.</summary>
    public IEnumerable<string> Lines()
    {
        yield return string.Create(CultureInfo.InvariantCulture,
            $"{Stamp?.Model ?? "nothing"} {Stamp?.Precision}, {People} people, {Seconds / 60:0.0} minutes: "
                + $"{Answers} answers, {TokensPerSecond:0} tokens a second in all");
        yield return Line("First seen", FirstMs);
        yield return Line("Gaps", GapMs);
        yield return Line("New photos", PhotoMs);
        yield return string.Create(CultureInfo.InvariantCulture,
            $"Memory      first quarter median {FirstQuarterMegabytes.Median:0} MB, most "
                + $"{FirstQuarterMegabytes.Max:0}; last quarter {LastQuarterMegabytes.Median:0} MB, most "
                + $"{LastQuarterMegabytes.Max:0}");
        yield return $"Faults      {Faults.Values.Sum()}";
        foreach (var (sentence, count) in Faults) yield return $"  {count} x {sentence}";
    }

    private static string Line(string what, Spread ms) => string.Create(CultureInfo.InvariantCulture,
        $"{what,-11} p50 {ms.P50:0} ms, p95 {ms.P95:0}, p99 {ms.P99:0}, longest {ms.Max:0} (of {ms.Count})");
}
