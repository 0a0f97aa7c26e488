namespace Molmo.Demo.Server.Tests.Lab;

/// <summary>Of PixMo-Cap, as published; so are the others.</summary>
public sealed class CaptionRow
{
    [JsonPropertyName("image_url")]
    public string? Url { get; set; }

    [JsonPropertyName("image_sha256")]
    public string? Hash { get; set; }

    [JsonPropertyName("caption")]
    public string? Caption { get; set; }

    [JsonPropertyName("transcripts")]
    public List<string?>? Transcripts { get; set; }
}

/// <summary>A point as published.</summary>
public sealed class PointRow
{
    [JsonPropertyName("x")]
    public double X { get; set; }

    [JsonPropertyName("y")]
    public double Y { get; set; }

    public static List<PointRow> List(params double[] coordinates)
        => [.. coordinates.Chunk(2).Select(c => new PointRow { X = c[0], Y = c[1] })];
}

/// <summary>Of PixMo-Points, whose points are a list of structs.</summary>
public sealed class PointsRow
{
    [JsonPropertyName("image_url")]
    public string? Url { get; set; }

    [JsonPropertyName("label")]
    public string? Label { get; set; }

    [JsonPropertyName("points")]
    public List<PointRow>? Points { get; set; }

    [JsonPropertyName("count")]
    public long? Count { get; set; }

    [JsonPropertyName("collection_method")]
    public string? Method { get; set; }
}

/// <summary>Points as a struct of lists.</summary>
public sealed class PointColumns
{
    [JsonPropertyName("x")]
    public List<float>? X { get; set; }

    [JsonPropertyName("y")]
    public List<float>? Y { get; set; }
}

/// <summary>Of PixMo-Count, whose points are a struct of lists.</summary>
public sealed class CountRow
{
    [JsonPropertyName("image_url")]
    public string? Url { get; set; }

    [JsonPropertyName("label")]
    public string? Label { get; set; }

    [JsonPropertyName("points")]
    public PointColumns? Points { get; set; }

    [JsonPropertyName("count")]
    public int? Count { get; set; }
}

/// <summary>Of PixMo-AskModelAnything and PixMo-CapQA.</summary>
public sealed class QuestionRow
{
    [JsonPropertyName("image_url")]
    public string? Url { get; set; }

    [JsonPropertyName("question")]
    public string? Question { get; set; }

    [JsonPropertyName("answer")]
    public string? Answer { get; set; }

    [JsonPropertyName("messages")]
    public List<string>? Messages { get; set; }
}

/// <summary>Of PixMo-Point-Explanations.</summary>
public sealed class ExplanationRow
{
    [JsonPropertyName("image_url")]
    public string? Url { get; set; }

    [JsonPropertyName("question")]
    public string? Question { get; set; }

    [JsonPropertyName("parsed_response")]
    public string? Response { get; set; }

    [JsonPropertyName("alt_text")]
    public List<string>? Alt { get; set; }

    [JsonPropertyName("inline_text")]
    public List<string>? Inline { get; set; }

    [JsonPropertyName("points")]
    public List<List<List<double>>>? Points { get; set; }
}

/// <summary>A picture in a table.</summary>
public sealed class PictureCell
{
    [JsonPropertyName("bytes")]
    public byte[]? Bytes { get; set; }

    [JsonPropertyName("path")]
    public string? Path { get; set; }
}

/// <summary>Of PixMo-Clocks.</summary>
public sealed class ClockRow
{
    [JsonPropertyName("example_id")]
    public string? Id { get; set; }

    [JsonPropertyName("image")]
    public PictureCell? Image { get; set; }

    [JsonPropertyName("text")]
    public string? Text { get; set; }
}

/// <summary>Questions as a struct of lists.</summary>
public sealed class QuestionColumns
{
    [JsonPropertyName("question")]
    public List<string?>? Question { get; set; }

    [JsonPropertyName("answer")]
    public List<string?>? Answer { get; set; }
}

/// <summary>Of PixMo-Docs.</summary>
public sealed class DocumentRow
{
    [JsonPropertyName("image_id")]
    public string? Id { get; set; }

    [JsonPropertyName("image")]
    public PictureCell? Image { get; set; }

    [JsonPropertyName("questions")]
    public QuestionColumns? Questions { get; set; }
}
