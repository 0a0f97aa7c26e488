namespace Molmo.Demo.Server.OpenAi.Wire;

/// <summary>Reply of <c>POST /v1/chat/completions</c>.</summary>
internal sealed record ChatCompletion(
    string Id, string Object, long Created, string Model, string SystemFingerprint, ImmutableArray<Choice> Choices,
    Usage Usage, MolmoPart Molmo);

/// <summary>The one choice.</summary>
internal sealed record Choice(int Index, Message Message, object? Logprobs, string FinishReason);

/// <summary>
/// What the model wrote. Content is verbatim, markup included, unless <c>X-Points: only</c> was asked for.
/// </summary>
/// <remarks>Points have a member that OpenAI does not know: clients that check its types refuse a reply with anything
/// else in one that it knows, such as <c>annotations</c>.</remarks>
internal sealed record Message(
    string Role, string Content, string? Refusal,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<PointGroup>? Points);

/// <summary>One group of points.</summary>
/// <param name="Type">Always <c>point_group</c>.</param>
/// <param name="Index">Number of the group in the answer, 0, 1, 2, ...</param>
/// <param name="Text">Its inline text.</param>
/// <param name="Alt">Its alternative text.</param>
/// <param name="Start">Where its markup (or, with <c>X-Points: only</c>, its text) begins in the content, in UTF-16
/// units.</param>
/// <param name="End">Where that ends.</param>
/// <param name="Image">Number of the picture in the request, 0.</param>
/// <param name="Scale">What 100 % of width and height are: 100.</param>
/// <param name="Points">The points in the model's order.</param>
internal sealed record PointGroup(
    string Type, int Index, string Text, string Alt, int Start, int End, int Image, int Scale,
    IReadOnlyList<NumberedPoint> Points);

/// <summary>A point: number within its group, percent of the picture's width, percent of its height.</summary>
internal sealed record NumberedPoint(int N, double X, double Y);

/// <summary>Tokens.</summary>
internal sealed record Usage(int PromptTokens, int CompletionTokens, int TotalTokens);

/// <summary>What this server knows beyond the OpenAI shape.</summary>
/// <param name="GenerationId">Its events: <c>GET /v1/generations/{id}/events</c>, while it runs and, with <c>store</c>,
/// afterwards.</param>
/// <param name="Conversation">Where it is kept, with <c>store</c>.</param>
/// <param name="Stamp">What answered.</param>
/// <param name="Image">What of the picture reached the model.</param>
/// <param name="Timings">Where the time went.</param>
/// <param name="Count">Number that the answer states in words, such as 4 in "a total of 4".</param>
/// <param name="Notes">Remarks, such as a dropped point.</param>
internal sealed record MolmoPart(
    string GenerationId, string? Conversation, Stamp Stamp, SentPicture? Image, Timings Timings, int? Count,
    IReadOnlyList<Note> Notes);

/// <summary>What answered: enough to have the same answer again.</summary>
internal sealed record Stamp(
    string Model, string Revision, string Precision, string Device, string EngineVersion, double Temperature,
    double TopP, int TopK, long? Seed, int MaxTokens);

/// <summary>What of the picture reached the model; points are percent of this width and height.</summary>
internal sealed record SentPicture(int Width, int Height, int Crops, int ImageTokens);

/// <summary>Milliseconds from the question on.</summary>
internal sealed record Timings(
    double QueuedMs, double PreprocessMs, double FirstTokenMs, double TotalMs, double TokensPerSecond);

/// <summary>A remark.</summary>
internal sealed record Note(string Code, string Detail);
