using Molmo.Demo.Client.Images;

namespace Molmo.Demo.Client.Home;

/// <summary>A scene as the demonstration plays it.</summary>
/// <param name="Question">The gallery's question.</param>
/// <param name="Noun">What was counted, as the answer names it.</param>
/// <param name="Source">Address of the small copy.</param>
/// <param name="Alt">What the picture is, for those who do not see it.</param>
/// <param name="Width">Of the picture, as it was sent.</param>
/// <param name="Height">Of the picture, as it was sent.</param>
/// <param name="Dots">The stored answer's points: percent of width and height each.</param>
/// <param name="Missed">What a person added when checking it; the same form.</param>
/// <param name="Address">Where the scene can be asked about.</param>
/// <param name="Thumb">Style of its button: its part of the strip of thumbnails.</param>
/// <param name="Title">Of its button.</param>
public sealed record DemonstrationScene(
    string Question, string Noun, string Source, string Alt, int Width, int Height, ImmutableArray<double[]> Dots,
    ImmutableArray<double[]> Missed, string Address, [property: JsonIgnore] string Thumb,
    [property: JsonIgnore] string Title)
{
    /// <summary>How the script reads it.</summary>
    public static JsonSerializerOptions Form { get; } = new(JsonSerializerDefaults.Web);

    // The order of the strip samples/small/reel.webp, and of playing.
    internal static readonly string[] Order =
        ["scene-06.jpg", "scene-08.jpg", "scene-07.png", "scene-05.png", "scene-03.png", "drawn-microscope.png"];

    /// <summary>The scenes with a stored answer that has dots; empty where there are none.</summary>
    public static ImmutableArray<DemonstrationScene> Of(IEnumerable<SampleScene> samples, ConversationId? privateChat)
    {
        var known = samples.ToDictionary(sample => sample.File);
        return
        [
            .. Order.Index().Where(at => known.GetValueOrDefault(at.Item) is { Answer: not null })
                .Select(at => Of(known[at.Item], at.Index, privateChat))
                .OfType<DemonstrationScene>(),
        ];
    }

    private static DemonstrationScene? Of(SampleScene sample, int place, ConversationId? privateChat)
    {
        var answer = sample.Answer!;
        if (answer.ReadAnswer().OfType<PointSegment>().FirstOrDefault() is not { Points.Length: > 0 } group)
            return null;
        var noun = PointLook.Name(group) ?? "";
        var address = (privateChat is { } id ? $"/c/{id}?private=1&" : "/?")
            + $"sample={Uri.EscapeDataString(sample.File)}";
        return new(sample.Question, noun, sample.Small, SampleWords.Of(sample.Subject), answer.Sent.Width,
            answer.Sent.Height, [.. group.Points.Select(point => new[] { point.X, point.Y })],
            [.. (sample.Check?.Missed ?? []).Select(point => new[] { point.X, point.Y })], address,
            $"background-position:{place * 100 / (Order.Length - 1)}% 0", SampleWords.Title(sample));
    }
}
