namespace Molmo.Demo.Lab.Scoring;

/// <summary>
/// A time as a dial shows it, which knows no half of the day: 22:10, 10:10 and "ten past ten" are the same.
/// </summary>
/// <param name="Minutes">Since 12 o'clock, 0 to 719.</param>
internal readonly partial record struct ClockTime(int Minutes)
{
    private const int Dial = 720;
    private const int Hour = 60;

    private static readonly Dictionary<string, int> Tens = new()
    {
        ["twenty"] = 20,
        ["thirty"] = 30,
        ["forty"] = 40,
        ["fifty"] = 50,
    };

    /// <summary>Minutes between two times, the shorter way round the dial.</summary>
    public int MinutesFrom(ClockTime other) => Shorter(Minutes - other.Minutes, Dial);

    /// <summary>Minutes between the long hands alone.</summary>
    public int LongHandFrom(ClockTime other) => Shorter(Minutes - other.Minutes, Hour);

    public bool IsInHourOf(ClockTime other) => Minutes / Hour == other.Minutes / Hour;

    /// <summary>
    /// The first time in a text: figures (<c>10:10</c>, <c>10.10</c>, <c>22h10</c>, seconds ignored); else words
    /// (<c>ten past three</c>, <c>a quarter to four</c>, <c>half past one</c>, <c>three forty-five</c>,
    /// <c>six o'clock</c>, <c>3 pm</c>, <c>noon</c>). Null where there is none.
    /// </summary>
    public static ClockTime? Read(string text)
    {
        foreach (Match match in Figures().Matches(text))
        {
            var (hour, minute) = (int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture),
                int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture));
            if (hour <= 24 && minute < Hour) return Of((hour * Hour) + minute);
        }

        var words = Words(text);
        for (var i = 0; i < words.Count; i++)
            if (ReadAt(words, i) is { } minutes) return Of(minutes);
        return null;
    }

    private static ClockTime Of(int minutes) => new(((minutes % Dial) + Dial) % Dial);

    private static int Shorter(int difference, int around)
    {
        var way = Math.Abs(difference) % around;
        return Math.Min(way, around - way);
    }

    /// <summary>Minutes of the time in words that begins here.</summary>
    private static int? ReadAt(List<(string Text, int? Number)> words, int at)
    {
        if (HourAt(words, at) is { } whole && IsHourMark(words, at + 1)) return whole * Hour;
        if (Word(words, at) is "noon" or "midday" or "midnight") return 0;
        var minute = Word(words, at) switch
        {
            "quarter" => 15,
            "half" => 30,
            _ => Number(words, at),
        };
        if (minute is >= 0 and < Hour)
        {
            var next = Word(words, at + 1) is "minutes" or "minute" ? at + 2 : at + 1;
            if (HourAt(words, next + 1) is { } hour)
            {
                if (Word(words, next) is "past" or "after") return (hour * Hour) + minute;
                if (Word(words, next) is "to" or "before" or "till") return (hour * Hour) - minute;
                if (Word(words, next) == "of" && Word(words, at) == "quarter") return (hour * Hour) - minute;
            }
        }

        // Two figures beside each other may be anything; two number words are a time.
        return HourAt(words, at) is { } spoken && IsSpoken(words, at) && IsSpoken(words, at + 1)
            && Number(words, at + 1) is { } after and < Hour
            ? (spoken * Hour) + after
            : null;
    }

    private static bool IsHourMark(List<(string Text, int? Number)> words, int at)
        => Word(words, at) is "oclock" or "am" or "pm"
            || (Word(words, at) is "a" or "p" && Word(words, at + 1) == "m");

    private static bool IsSpoken(List<(string Text, int? Number)> words, int at)
        => Word(words, at) is { Length: > 0 } word && !char.IsAsciiDigit(word[0]);

    private static int? HourAt(List<(string Text, int? Number)> words, int at)
        => Word(words, at) is "noon" or "midday" or "midnight" ? 12
            : Number(words, at) is >= 0 and <= 24 and var hour ? hour : null;

    private static string? Word(List<(string Text, int? Number)> words, int at)
        => at < words.Count ? words[at].Text : null;

    private static int? Number(List<(string Text, int? Number)> words, int at)
        => at < words.Count ? words[at].Number : null;

    /// <summary>Words in small letters with their numbers; "forty five" and "oh five" are one.</summary>
    private static List<(string Text, int? Number)> Words(string text)
    {
        text = text.ToLowerInvariant().Replace("o'clock", "oclock", StringComparison.Ordinal)
            .Replace("o’clock", "oclock", StringComparison.Ordinal);
        var words = new List<(string Text, int? Number)>();
        foreach (var word in Parts().Matches(text).Select(match => match.Value))
        {
            int? number = Tens.TryGetValue(word, out var tens) ? tens
                : int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var figure) ? figure
                : NumberWords.Find(word);
            if (number is > 0 and < 10 && words is [.., (var before, var ten)]
                && (Tens.ContainsKey(before) || before is "oh" or "o"))
                words[^1] = ("number", (ten ?? 0) + number);
            else words.Add((word, number));
        }

        return words;
    }

    [GeneratedRegex(@"(?<![0-9.:])([0-9]{1,2})(?:\s?[:h]\s?|\.)([0-9]{2})(?![0-9])")]
    private static partial Regex Figures();

    [GeneratedRegex("[0-9]+|[a-z]+")]
    private static partial Regex Parts();
}
