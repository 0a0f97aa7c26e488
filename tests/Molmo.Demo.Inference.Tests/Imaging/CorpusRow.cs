namespace Molmo.Demo.Inference.Tests.Imaging;

/// <summary>One file of the picture corpus and what must become of it, as in its <c>expected.json</c>.</summary>
internal sealed record CorpusRow(string File, string Class, string[] Tags, CorpusExpectation? Expect)
{
    /// <summary>Whether the content is of a type that is decoded.</summary>
    [JsonIgnore]
    public bool IsOurType => IsDecodedElsewhere || Tags.Contains("png") || Tags.Contains("jpeg");

    /// <summary>Whether it is decoded in a process of its own, as far as its headers let it.</summary>
    [JsonIgnore]
    public bool IsDecodedElsewhere => Tags.Any(tag => tag is "webp" or "gif" or "bmp");

    /// <summary>Whether its pixels have only one right value; a lossy WebP has tolerances, as a JPEG has.</summary>
    [JsonIgnore]
    public bool IsLossless => Tags.Any(tag => tag is "png" or "gif" or "bmp" or "VP8L");

    public override string ToString() => $"{Class} {File} [{string.Join(' ', Tags)}]";
}

/// <summary>
/// The reference's picture: a digest of its pixels, and enough of it to compare where decoders may round.
/// </summary>
internal sealed record CorpusExpectation(
    int Width,
    int Height,
    bool Wide,
    [property: JsonPropertyName("rgb_sha256")] string RgbSha256,
    double[] Mean,
    string? Grid16,
    int[][]? Samples,
    JsonElement Alpha)
{
    /// <summary>The grid of the picture on white; null where no pixel is transparent, or nobody can tell.</summary>
    [JsonIgnore]
    public string? OverWhite => Alpha.ValueKind == JsonValueKind.Object
        ? Alpha.GetProperty("over_white_grid16").GetString()
        : null;
}

/// <summary>Reads the corpus folder.</summary>
internal static class Corpus
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public static IReadOnlyList<CorpusRow> Load(string folder)
    {
        using var stream = File.OpenRead(Path.Combine(folder, "expected.json"));
        return JsonSerializer.Deserialize<CorpusIndex>(stream, Options)!.Files;
    }

    private sealed record CorpusIndex(CorpusRow[] Files);
}
