namespace Molmo.Demo.Server.OpenAi.Wire;

/// <summary>
/// One piece of a streamed completion. Points, and what is known at the end only, come on the chunk with the finish
/// reason.
/// </summary>
internal sealed record ChatChunk(
    string Id, string Object, long Created, string Model, string SystemFingerprint, ImmutableArray<ChunkChoice> Choices)
{
    /// <summary>On the last chunk, where <c>stream_options.include_usage</c> asked for it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Usage? Usage { get; init; }

    /// <summary>On the chunk with the finish reason.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MolmoPart? Molmo { get; init; }
}

/// <summary>The one choice.</summary>
internal sealed record ChunkChoice(int Index, Delta Delta, object? Logprobs, string? FinishReason);

/// <summary>What is new.</summary>
internal sealed record Delta
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Role { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Content { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PointGroup>? Points { get; init; }
}
