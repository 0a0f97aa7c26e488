namespace Molmo.Demo.Client.Chat;

/// <summary>How far a model is, in words for the page and, in English, for the terminal.</summary>
public static class ModelWords
{
    /// <summary>What is done: <c>Fetching owner/name</c>.</summary>
    public static string Title(ModelProgress progress)
        => progress.Stage == ModelStage.Fetching ? T("Fetching {0}", progress.Model) : T("Loading {0}", progress.Model);

    /// <summary>Whole percent: <c>43 %</c>.</summary>
    public static string Percent(ModelProgress progress)
        => string.Create(CultureInfo.InvariantCulture, $"{progress.Percent} %");

    /// <summary>
    /// Amount, rate and time left as far as known: <c>3.2 of 32.1 GB, 45 MB/s, about 11 minutes left</c>; or why
    /// nothing comes. May be empty.
    /// </summary>
    public static string Detail(ModelProgress progress)
    {
        var parts = new List<string>(3);
        if (progress.TotalBytes >= 1_000_000_000)
            parts.Add(T("{0:0.0} of {1:0.0} GB", progress.DoneBytes / 1e9, progress.TotalBytes / 1e9));
        else if (progress.TotalBytes > 0)
            parts.Add(T("{0:0.0} of {1:0.0} MB", progress.DoneBytes / 1e6, progress.TotalBytes / 1e6));
        if (progress.BytesPerSecond > 0) parts.Add(T("{0:0.#} MB/s", progress.BytesPerSecond / 1e6));
        if (progress.Hindrance is { } hindrance) parts.Add(T("trying again: {0}", hindrance));
        else if (progress.SecondsLeft is { } left and >= 0) parts.Add(Left(left));
        return parts.Count == 0 ? "" : parts.Aggregate((before, after) => T("{0}, {1}", before, after));
    }

    /// <summary>All of it in one line.</summary>
    public static string Line(ModelProgress progress)
        => Detail(progress) is { Length: > 0 } detail
            ? $"{Title(progress)}: {Percent(progress)}, {detail}"
            : $"{Title(progress)}: {Percent(progress)}";

    /// <summary>What can be done meanwhile.</summary>
    public static string Meanwhile(ModelProgress progress) => progress.Stage == ModelStage.Fetching
        ? T("The gallery can be looked at meanwhile, and questions wait.")
        : T("You can ask already; the answer begins as soon as the model is ready.");

    /// <summary>A model being fetched, to one who waits for an answer.</summary>
    public static string Doing(ModelProgress fetch)
        => T("The model is being fetched: {0}. {1}", Detail(fetch) is { Length: > 0 } detail ? detail : Percent(fetch),
            Meanwhile(fetch));

    private static string Left(double seconds) => seconds switch
    {
        < 90 => Plural(Whole(seconds), "about {0} second left", "about {0} seconds left"),
        < 90 * 60 => Plural(Whole(seconds / 60), "about {0} minute left", "about {0} minutes left"),
        _ => Plural(Whole(seconds / 3600), "about {0} hour left", "about {0} hours left"),
    };

    private static long Whole(double value) => Math.Max(1, (long)Math.Ceiling(Math.Min(value, 1e9)));
}
