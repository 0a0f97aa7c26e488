namespace Molmo.Demo.Lab.Evaluation;

/// <summary>The two kinds of questions.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<QuestionKind>))]
internal enum QuestionKind
{
    /// <summary>How many X are there?</summary>
    Count,

    /// <summary>Point to the X.</summary>
    Point,
}

/// <summary>The area of an object in percent of width and height, its edges included.</summary>
internal readonly record struct TruthBox(double Left, double Top, double Right, double Bottom)
{
    public bool Contains((double X, double Y) point)
        => point.X >= Left && point.X <= Right && point.Y >= Top && point.Y <= Bottom;
}

/// <summary>A question about a picture, and what is true.</summary>
/// <param name="File">The picture's name in the folder.</param>
/// <param name="Label">What is asked for; empty where the question is given as worded.</param>
/// <param name="Kind">Counting or pointing.</param>
/// <param name="Text">The question as it is asked.</param>
/// <param name="Count">Objects in the picture; 0 for an absent label.</param>
internal sealed record TruthQuestion(string File, string Label, QuestionKind Kind, string Text, int Count)
{
    /// <summary>Centres of the objects in percent; null where only their number is known.</summary>
    public IReadOnlyList<(double X, double Y)>? Centres { get; init; }

    /// <summary>Boxes of the objects, in the order of the centres; null where they are not known.</summary>
    public IReadOnlyList<TruthBox>? Boxes { get; init; }

    public static string Ask(QuestionKind kind, string label)
        => kind == QuestionKind.Count ? $"How many {label} are there?" : $"Point to the {label}.";
}

/// <summary>All questions about one picture.</summary>
internal sealed record PictureQuestions(string File, IReadOnlyList<TruthQuestion> Questions);
