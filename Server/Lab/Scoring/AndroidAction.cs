namespace Molmo.Demo.Lab.Scoring;

/// <summary>A step on a phone, as AndroidControl names them.</summary>
/// <param name="Type"><c>click</c>, <c>long press</c>, <c>type</c>, <c>scroll</c>, <c>wait</c>, <c>open app</c>,
/// <c>navigate home</c> or <c>navigate back</c>; null for anything else.</param>
/// <param name="Text">What is typed, where to is scrolled, which app is opened; normalised, else empty.</param>
/// <param name="Point">Where is pressed, in percent of the screen; null where it is not said.</param>
internal sealed partial record AndroidAction(string? Type, string Text, (double X, double Y)? Point)
{
    /// <summary>Names as models and the dataset write them, longer ones first, and what they mean.</summary>
    private static readonly (string Name, string Type)[] Names =
    [
        ("navigate home", "navigate home"), ("navigate back", "navigate back"), ("input text", "type"),
        ("long press", "long press"), ("open app", "open app"), ("scroll", "scroll"), ("click", "click"),
        ("type", "type"), ("wait", "wait"), ("tap", "click"),
    ];

    public bool IsPress => Type is "click" or "long press";

    /// <summary>
    /// The action of an answer, what stands before <c>Action:</c> aside: a name, with a space or an underscore in it,
    /// and its argument behind it or in brackets, as <c>click(23.4, 56.7)</c>, <c>scroll down</c>,
    /// <c>open_app("Clock")</c>.
    /// </summary>
    public static AndroidAction Parse(string text)
    {
        const string mark = "Action:";
        if (text.IndexOf(mark, StringComparison.Ordinal) is >= 0 and var at) text = text[(at + mark.Length)..];
        text = text.Trim().ToLowerInvariant();
        var plain = text.Replace('_', ' ');
        foreach (var (name, type) in Names)
        {
            if (!plain.StartsWith(name, StringComparison.Ordinal)
                || (text.Length > name.Length && char.IsAsciiLetterOrDigit(text[name.Length])))
                continue;
            var argument = Normalised(text[name.Length..]);
            return type switch
            {
                "click" or "long press" => new AndroidAction(type, "", PointOf(argument)),
                "type" or "scroll" or "open app" => new AndroidAction(type, argument, null),
                _ => new AndroidAction(type, "", null),
            };
        }

        return new AndroidAction(null, "", null);
    }

    private static (double X, double Y)? PointOf(string argument)
        => Number().Matches(argument) is [var x, var y, ..]
            ? (double.Parse(x.ValueSpan, CultureInfo.InvariantCulture),
                double.Parse(y.ValueSpan, CultureInfo.InvariantCulture))
            : null;

    /// <summary>Without brackets, quotation marks and a full stop around it, white space squeezed.</summary>
    private static string Normalised(string argument)
    {
        argument = argument.Trim().TrimEnd('.').Trim(':', ' ');
        if (argument is ['(', .., ')']) argument = argument[1..^1];
        argument = argument.Trim().Trim('"', '\'', '“', '”').TrimEnd('.');
        return string.Join(' ', argument.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    [GeneratedRegex(@"[0-9]+(?:\.[0-9]+)?")]
    private static partial Regex Number();
}
