namespace Molmo.Demo.Lab.Scoring;

/// <summary>
/// One line of a file of predictions: the model's answer with what is true. Which members count depends on the metric.
/// </summary>
internal sealed record PredictionRow
{
    private static readonly JsonSerializerOptions Form =
        new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true };

    /// <summary>The answer, verbatim.</summary>
    public required string Prediction { get; init; }

    /// <summary>Right answers, as often as people gave them.</summary>
    public string[] Answers { get; init; } = [];

    /// <summary>True number, for counting.</summary>
    public int? Count { get; init; }

    /// <summary>Width and height of the picture in pixels, for pointing.</summary>
    public int[] Size { get; init; } = [];

    /// <summary>A point of each object, in pixels.</summary>
    public double[][] Points { get; init; } = [];

    /// <summary>Area of each object, in the order of the points.</summary>
    public MaskRow[] Masks { get; init; } = [];

    /// <summary>What could be chosen.</summary>
    public string[] Options { get; init; } = [];

    /// <summary>Which of the options is right.</summary>
    public int? AnswerIndex { get; init; }

    /// <summary>The true action, for a step on a phone.</summary>
    public string? Action { get; init; }

    /// <summary>Box of its target in percent of the screen: left, top, right, bottom.</summary>
    public double[]? Box { get; init; }

    /// <summary>What people said of the picture, for a caption.</summary>
    public string[] Transcripts { get; init; } = [];

    /// <summary><c>multiple_choice</c> or <c>multiple-choice</c> where a letter is asked for.</summary>
    public string? QuestionType { get; init; }

    [JsonIgnore]
    public bool IsMultipleChoice => QuestionType is "multiple_choice" or "multiple-choice";

    /// <exception cref="FormatException">It is no such line.</exception>
    public static PredictionRow Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<PredictionRow>(line, Form) ?? throw new FormatException("It is null.");
        }
        catch (JsonException e)
        {
            throw new FormatException("It is not a JSON object with a prediction.", e);
        }
    }

    /// <summary>A member that the metric needs.</summary>
    /// <exception cref="FormatException">It is missing.</exception>
    public static T Need<T>(T? value, string name) where T : struct
        => value ?? throw new FormatException($"The member \"{name}\" is missing.");

    /// <summary>The right answers.</summary>
    /// <exception cref="FormatException">There are none.</exception>
    public string[] NeedAnswers()
        => Answers.Length > 0 ? Answers : throw new FormatException("The member \"answers\" is missing or empty.");
}

/// <summary>A rectangle (<c>rect</c>, the far edges excluded) or a disc (<c>disc</c>) in pixels.</summary>
internal sealed record MaskRow(string Type, int X0, int Y0, int X1, int Y1, double Cx, double Cy, double R)
{
    /// <exception cref="FormatException">Another type.</exception>
    public TargetMask ToMask() => Type switch
    {
        "rect" => TargetMask.Rectangle(X0, Y0, X1, Y1),
        "disc" => TargetMask.Disc(Cx, Cy, R),
        _ => throw new FormatException($"A mask is of the type \"{Type}\"; known are rect and disc."),
    };
}
