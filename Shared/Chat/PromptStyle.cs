namespace Molmo.Demo.Shared.Chat;

/// <summary>
/// Style tags: words before a question by which the published models know an academic task and answer in its manner.
/// None is put before a question unless somebody chose it.
/// </summary>
public static class PromptStyle
{
    private const string LongCaption = "long_caption";

    /// <summary>Tags that the published training code writes before a question, most useful first.</summary>
    public static ImmutableArray<string> Published { get; } =
    [
        "vqa2", "text_vqa", "doc_qa", "chart_qa", "info_qa", "ai2_diagram", "a_okvqa_mc", "a_okvqa_da", "okvqa",
        "science_qa", "tally_qa",
        "st_qa", "tabwmp_da", "figure_qa", "plot_qa", "dv_qa", "clocks", "ai2_diagram_no_letter", "pixmo_docs_charts",
        "pixmo_docs_tables",
        "pixmo_docs_diagrams", "pixmo_docs_other", "scifi_charts", "scifi_table", "scifi_diagram", "scifi_document",
        "pointing", "point_count", "point_qa", "user_qa", "synthetic_qa", "transcript", LongCaption,
    ];

    /// <summary>
    /// Whether the models know the tag: one of <see cref="Published"/>, or <c>long_caption_83</c>, whose number (1 to
    /// 999) hints at the length in units of 15 characters. The paper writes the hint so; the published code writes a
    /// space, which is taken too.
    /// </summary>
    public static bool IsKnown(string style) => Published.Contains(style) || LengthHint(style) is not null;

    /// <summary>The number of a caption's length hint; null where the tag has none.</summary>
    public static int? LengthHint(string style)
    {
        if (!style.StartsWith(LongCaption, StringComparison.Ordinal) || style.Length < LongCaption.Length + 2)
            return null;
        var digits = style.AsSpan(LongCaption.Length + 1);
        if (style[LongCaption.Length] is not ('_' or ' ') || digits.Length > 3 || digits[0] == '0') return null;
        return digits.ContainsAnyExceptInRange('0', '9') ? null : int.Parse(digits, CultureInfo.InvariantCulture);
    }

    /// <summary>A long caption of about this length.</summary>
    /// <param name="hint">1 to 999, in units of 15 characters.</param>
    public static string WithLength(int hint) => string.Create(CultureInfo.InvariantCulture, $"{LongCaption}_{hint}");

    /// <summary>A question as the model is given it: <c>vqa2: How many?</c>, and verbatim without a tag.</summary>
    public static string Apply(string? style, string question)
        => style is null ? question : question.Length == 0 ? $"{style}:" : $"{style}: {question}";
}
