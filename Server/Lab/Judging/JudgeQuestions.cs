namespace Molmo.Demo.Lab.Judging;

/// <summary>What the judge is asked about a caption, and how its replies are read.</summary>
internal static class JudgeQuestions
{
    /// <summary>Put behind a request whose reply could not be read.</summary>
    public const string Reminder = "Your last reply could not be read. Reply with the JSON list alone.";

    private const string List = """
        You take descriptions of pictures apart. List every atomic statement that the text makes about the picture: one
        fact each, in a short sentence that is understood without the others. Name things instead of using pronouns.
        Leave out guesses about mood or intent, remarks about the act of describing, and repetitions.
        Reply with a JSON list of strings and nothing else; [] where the text states nothing.
        """;

    private const string Stated = """
        You compare statements with a caption of the same picture. For each numbered statement, say whether the caption
        states it: in the same or in other words, or by something that makes it certain. What the caption does not
        mention is not stated, however likely it is.
        Reply with a JSON list of true and false, one for each statement in their order, and nothing else.
        """;

    private const string Consistent = """
        You check statements about a picture against what several people said who saw it. For each numbered statement,
        say whether it is consistent with the people's words: they say it too, or it follows from what they say. What
        contradicts them, or what none of them speaks of, is not consistent.
        Reply with a JSON list of true and false, one for each statement in their order, and nothing else.
        """;

    /// <summary>The statements of a caption.</summary>
    public static JudgeRequest StatementsOf(string caption) => new(List, $"Text:\n{caption.Trim()}");

    /// <summary>The statements of all transcripts, each once.</summary>
    public static JudgeRequest StatementsOf(IReadOnlyList<string> transcripts) => new(List, Texts(transcripts));

    /// <summary>Which of the transcripts' statements the caption states.</summary>
    public static JudgeRequest StatedBy(string caption, IReadOnlyList<string> statements)
        => new(Stated, $"Caption:\n{caption.Trim()}\n\n{Numbered(statements)}");

    /// <summary>Which of the caption's statements the transcripts bear out.</summary>
    public static JudgeRequest ConsistentWith(IReadOnlyList<string> transcripts, IReadOnlyList<string> statements)
        => new(Consistent, $"{Texts(transcripts)}\n\n{Numbered(statements)}");

    /// <summary>A list of texts; null where the reply holds none.</summary>
    public static IReadOnlyList<string>? ReadTexts(string reply)
        => Read(reply) is { } list && list.All(item => item.ValueKind == JsonValueKind.String)
            ? [.. list.Select(item => item.GetString()!.Trim()).Where(text => text.Length > 0)]
            : null;

    /// <summary>As many verdicts; null where the reply holds none, or another number of them.</summary>
    public static IReadOnlyList<bool>? ReadVerdicts(string reply, int count)
        => Read(reply) is { } list && list.Length == count
            && list.All(item => item.ValueKind is JsonValueKind.True or JsonValueKind.False)
            ? [.. list.Select(item => item.GetBoolean())]
            : null;

    /// <summary>Models like to put a fence or a word around what they were asked for.</summary>
    private static JsonElement[]? Read(string reply)
    {
        var (start, end) = (reply.IndexOf('['), reply.LastIndexOf(']'));
        if (start < 0 || end < start) return null;
        try
        {
            using var json = JsonDocument.Parse(reply.AsMemory(start, end - start + 1));
            return [.. json.RootElement.EnumerateArray().Select(item => item.Clone())];
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Texts(IReadOnlyList<string> transcripts)
        => string.Join("\n\n", transcripts.Index().Select(one => string.Create(
            CultureInfo.InvariantCulture, $"Person {one.Index + 1}:\n{one.Item.Trim()}")));

    private static string Numbered(IReadOnlyList<string> statements)
        => "Statements:\n" + string.Join('\n', statements.Index().Select(one => string.Create(
            CultureInfo.InvariantCulture, $"{one.Index + 1}. {one.Item}")));
}
