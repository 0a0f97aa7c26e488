using Microsoft.AspNetCore.Components;

namespace Molmo.Demo.Client.Localization;

/// <summary>
/// Sentences with elements in them, at the places that each language gives them. Words stay text: none of them becomes
/// markup.
/// </summary>
internal static partial class MarkedText
{
    /// <summary>A text in which <c>{0}</c>, <c>{1}</c> and so on are elements.</summary>
    public static RenderFragment Of(string text, params RenderFragment[] values) => builder =>
    {
        foreach (var piece in Place().Split(text).Index())
        {
            // The pattern's group is kept between the words.
            if (piece.Index % 2 == 0) builder.AddContent(0, piece.Item);
            else builder.AddContent(1, values[int.Parse(piece.Item, CultureInfo.InvariantCulture)]);
        }
    };

    /// <summary>A text whose words between <c>{0}</c> and <c>{1}</c> stand in an element.</summary>
    public static RenderFragment Around(string text, RenderFragment<string> element)
    {
        var pieces = text.Split("{0}", 2) is [var before, var rest] && rest.Split("{1}", 2) is [var within, var after]
            ? (before, within, after)
            : (text, "", "");
        return builder =>
        {
            builder.AddContent(0, pieces.Item1);
            builder.AddContent(1, element(pieces.Item2));
            builder.AddContent(2, pieces.Item3);
        };
    }

    [GeneratedRegex(@"\{(\d)\}")]
    private static partial Regex Place();
}
