namespace Molmo.Demo.Lab.Data.PixMo;

/// <summary>Rows of words: captions, questions and conversations.</summary>
internal static class TextRows
{
    private const string UserTag = "[USER]";
    private const string AssistantTag = "[ASSISTANT]";

    public static ImmutableArray<Column> ConversationColumns { get; } =
        [new("question", false), new("answer", false), new("messages", false)];

    /// <summary>PixMo-Cap: the caption, and what was spoken about the picture.</summary>
    public static RowResult ReadCaption(TableRow row, (int Width, int Height) size, Random random)
    {
        if (row.Text("caption") is not { } caption) return RowResult.Without(LeftOut.Incomplete);
        var spoken = (row.Texts("transcripts") ?? []).OfType<string>();
        return new RowResult([
            new(Styles.LongCaption, "", caption), .. spoken.Select(text => new Annotation(Styles.Transcript, "", text)),
        ]);
    }

    /// <summary>PixMo-AskModelAnything.</summary>
    public static RowResult ReadQuestion(TableRow row, (int Width, int Height) size, Random random)
        => Annotate(Styles.UserQuestion, row.Text("question"), row.Text("answer"), random);

    /// <summary>PixMo-CapQA: an annotation is one question and its answer, so later turns are left out.</summary>
    public static RowResult ReadConversation(TableRow row, (int Width, int Height) size, Random random)
    {
        IReadOnlyList<string?> turns = row.Texts("messages")
            ?? [.. Turns(row.Text("question") ?? ""), row.Text("answer")];
        var result = turns.Count < 2
            ? RowResult.Without(LeftOut.Incomplete)
            : Annotate(Styles.CaptionQuestion, turns[0], turns[1], random);
        return turns.Count > 2 && result.LeftOut is null ? result with { LeftOut = LeftOut.LaterTurns } : result;
    }

    /// <summary>Who asks how many in these tables is answered in words, unlike elsewhere, and so must say so.</summary>
    private static RowResult Annotate(string style, string? question, string? answer, Random random)
    {
        if (question is null || answer is null) return RowResult.Without(LeftOut.Incomplete);
        if (question.StartsWith("how many", StringComparison.OrdinalIgnoreCase))
            question = Phrasings.WithoutPoints(random, question);
        return new RowResult([new(style, question, answer)]);
    }

    /// <summary>Turns of a conversation in one text with tags; the whole text where it has none.</summary>
    private static string[] Turns(string text)
        => text.Split([UserTag, AssistantTag], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
