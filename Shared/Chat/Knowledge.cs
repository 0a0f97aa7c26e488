namespace Molmo.Demo.Shared.Chat;

/// <summary>
/// What a checkpoint of limited knowledge says that it knows. One without it, such as any of the published ones, makes
/// no such promise, and nothing is said about what it does not know.
/// </summary>
/// <param name="Practice">Whether it is a practice checkpoint: a small stand-in, trained on drawn scenes, by which
/// people see how the product works.</param>
/// <param name="Things">All things that it was trained on.</param>
public sealed record Knowledge(bool Practice, ImmutableArray<KnownThing> Things)
{
    /// <summary>How many things a practice checkpoint knows; null for any other.</summary>
    [JsonIgnore]
    public int? PracticeThings => Practice ? Things.Length : null;

    /// <summary>
    /// Whether a name, in any letters and with words such as a size before it, is one of a known thing.
    /// </summary>
    /// <param name="noun">As asked: <c>dogs</c>, <c>three small red circles</c>.</param>
    public bool Knows(string noun)
    {
        var asked = Plain(noun);
        // "Dogs wearing hats" are dogs. A singular before another noun is not the thing: a dog house.
        return Things.Any(thing => asked.Contains(Plain(thing.Many), StringComparison.Ordinal)
            || thing.Forms.Any(form => asked.EndsWith(Plain(form), StringComparison.Ordinal)));
    }

    /// <summary>The thing of a name that is one of its forms, in any letters; null where there is none.</summary>
    public KnownThing? Find(string noun)
    {
        var asked = Plain(noun);
        return Things.FirstOrDefault(thing => thing.Forms.Any(form => Plain(form) == asked));
    }

    // Between spaces, so that a word is only ever compared with a word: catfish is no fish.
    private static string Plain(string words)
        => $" {words.Trim().Replace('-', ' ').ToLowerInvariant()} ";
}

/// <summary>Something that a checkpoint knows.</summary>
/// <param name="One">Its name for one: <c>red circle</c>.</param>
/// <param name="Many">Its name for several, by which the checkpoint is asked: <c>red circles</c>.</param>
/// <param name="Also">Other names of the same.</param>
public sealed record KnownThing(
    string One, string Many,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] ImmutableArray<string> Also = default)
{
    /// <summary>All its names.</summary>
    [JsonIgnore]
    public IEnumerable<string> Forms => Also.IsDefault ? [One, Many] : [One, Many, .. Also];
}
