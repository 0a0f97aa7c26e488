namespace Molmo.Demo.Lab.Data.Scenes;

/// <summary>Questions about what is known to be in a picture, and their answers.</summary>
internal static class SceneQuestions
{
    private static readonly string[] Listing =
    [
        "What is in the picture?", "What is in this picture?", "What do you see?", "What can you see here?",
        "What is this?", "Which things are there?", "Name what is there.", "What is shown?",
    ];

    private static readonly IReadOnlyList<Kind> Everything = [.. Kinds.All, .. Kinds.Cells];

    /// <summary>Pointing and counting of each kind, of some that are absent, a list and a description.</summary>
    /// <param name="things">In the picture.</param>
    /// <param name="kinds">That might be.</param>
    /// <param name="random">Of phrasings and of what is left out.</param>
    public static IReadOnlyList<Annotation> Of(
        IReadOnlyList<SceneObject> things, IReadOnlyList<Kind> kinds, Random random)
    {
        var annotations = new List<Annotation>();
        var present = things.GroupBy(thing => thing.Label).ToList();
        foreach (var group in present)
        {
            var kind = kinds.First(item => item.Many == group.Key);
            (double X, double Y)[] points = [.. group.Select(thing => (thing.X, thing.Y))];
            annotations.Add(Point(kind, points, random));
            annotations.Add(Count(kind, points, random));
        }

        for (var i = 0; i < 2; i++)
        {
            // Mostly of the picture's own world, where a mistake is near.
            var kind = random.Pick(random.Next(4) == 0 ? Everything : kinds);
            if (present.Any(group => group.Key == kind.Many)) continue;
            annotations.Add(random.Next(2) == 0 ? Point(kind, [], random) : Count(kind, [], random));
        }

        var list = Sentence(present.Select(group => (kinds.First(item => item.Many == group.Key), group.Count())));
        annotations.Add(random.Next(2) == 0
            ? new Annotation(Styles.UserQuestion, random.Pick(Listing), list)
            : new Annotation(Styles.LongCaption, Phrasings.Describe(random), list));
        return annotations;
    }

    /// <summary>Such as "Three dogs, two cars and one heart."</summary>
    public static string Sentence(IEnumerable<(Kind Kind, int Count)> counts)
    {
        string[] parts =
        [
            .. counts.OrderByDescending(item => item.Count).ThenBy(item => item.Kind.Many, StringComparer.Ordinal)
                .Select(item => $"{Number(item.Count)} {(item.Count == 1 ? item.Kind.One : item.Kind.Many)}"),
        ];
        if (parts.Length == 0) return "Nothing that I know.";
        var text = parts.Length == 1 ? parts[0] : $"{string.Join(", ", parts[..^1])} and {parts[^1]}";
        return $"{char.ToUpperInvariant(text[0])}{text[1..]}.";
    }

    private static string Number(int count)
        => NumberWords.Of(count) ?? count.ToString(CultureInfo.InvariantCulture);

    private static Annotation Point(Kind kind, (double X, double Y)[] points, Random random)
    {
        var asked = Name(kind, points.Length, random);
        return new Annotation(
            Styles.Pointing, Phrasings.Point(random, asked), PointText.Markup(Found(kind, points), points));
    }

    private static Annotation Count(Kind kind, (double X, double Y)[] points, Random random)
        => new(Styles.PointCount, Phrasings.Count(random, kind.Many), PointText.Count(Found(kind, points), points));

    /// <summary>One thing is named as one, whatever was asked for.</summary>
    private static string Found(Kind kind, (double X, double Y)[] points) => points.Length == 1 ? kind.One : kind.Many;

    /// <summary>People ask for "the dog" where there is one, or where they think so.</summary>
    private static string Name(Kind kind, int count, Random random)
        => random.Next(count == 1 ? 3 : 12) == 0 ? kind.One : kind.Many;
}
