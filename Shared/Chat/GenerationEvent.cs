using Molmo.Demo.Shared.Facts;
using Molmo.Demo.Shared.Markup;

namespace Molmo.Demo.Shared.Chat;

/// <summary>
/// One numbered piece of an answer's stream. The journal of a generation is the sequence of these with
/// <see cref="Seq"/> 1, 2, 3, ... without gaps; a reader that has seen n continues with n + 1. After a crash they go on
/// in the next epoch (<see cref="EventNumbers"/>).
/// </summary>
/// <remarks>
/// Each kind names its own discriminator besides the base's list because SignalR serialises stream items by their
/// run-time type.
/// </remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Queued), "queued")]
[JsonDerivedType(typeof(Started), "start")]
[JsonDerivedType(typeof(TextDelta), "text")]
[JsonDerivedType(typeof(PointFound), "point")]
[JsonDerivedType(typeof(PointGroupEnded), "groupEnd")]
[JsonDerivedType(typeof(Noted), "note")]
[JsonDerivedType(typeof(Ended), "end")]
[JsonDerivedType(typeof(Failed), "error")]
public abstract record GenerationEvent(long Seq)
{
    /// <summary>Whether no event follows this one.</summary>
    [JsonIgnore]
    public bool IsLast => this is Ended or Failed;
}

/// <summary>
/// Waiting: <paramref name="Position"/> requests are ahead (0 = next), about <paramref name="EtaSeconds"/> seconds.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Queued), "queued")]
public record Queued(long Seq, int Position, double? EtaSeconds) : GenerationEvent(Seq);

/// <summary>The engine has taken the request; what answers, and what of the picture was sent to it.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Started), "start")]
public record Started(long Seq, EngineStamp Stamp, SentImage? Sent) : GenerationEvent(Seq);

/// <summary>More prose. Never holds point markup or the beginning of it.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(TextDelta), "text")]
public record TextDelta(long Seq, string Delta) : GenerationEvent(Seq);

/// <summary>
/// A point whose coordinates are complete. The first event of a <paramref name="Group"/> also says where its inline
/// text belongs: after the prose so far.
/// </summary>
/// <param name="Seq">Number of the event.</param>
/// <param name="Group">Tag of the answer, 0, 1, 2, ...</param>
/// <param name="N">Number within the group, 1, 2, 3, ... in the model's order.</param>
/// <param name="X">Percent of the picture's width, 0 to 100.</param>
/// <param name="Y">Percent of the picture's height, 0 to 100.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(PointFound), "point")]
public record PointFound(long Seq, int Group, int N, double X, double Y) : GenerationEvent(Seq)
{
    /// <summary>Its number and place.</summary>
    [JsonIgnore]
    public ImagePoint Point => new(N, X, Y);
}

/// <summary>A tag is complete: its inline text and its alternative text, entities decoded.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(PointGroupEnded), "groupEnd")]
public record PointGroupEnded(long Seq, int Group, string Text, string Alt) : GenerationEvent(Seq);

/// <summary>Something worth knowing about the answer, such as a dropped point.</summary>
/// <param name="Seq">Number of the event.</param>
/// <param name="Code">What kind of thing.</param>
/// <param name="Detail">Of a remark on the model's text: the piece concerned. Of others, where an earlier version made
/// them: an English sentence.</param>
/// <param name="At">Where in the verbatim text, in UTF-16 units from 0; null where it is about no place, or was not
/// recorded.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Noted), "note")]
public record Noted(
    long Seq, NoteCode Code, string Detail,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? At = null) : GenerationEvent(Seq)
{
    /// <summary>Whether it is about the text that the model wrote, and not about how it was asked.</summary>
    [JsonIgnore]
    public bool IsOnOutput
        => Fact is null && Code is not (NoteCode.HistoryShortened or NoteCode.ManyCrops or NoteCode.Asked);

    /// <summary>Of a remark on how it was asked: what is to be said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Fact? Fact { get; init; }

    /// <summary>
    /// The fact in its reader's language, for callers who make no words of their own; set where the event leaves the
    /// server.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Message { get; init; }
}

/// <summary>The answer is over, one way or another; what was written is kept.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Ended), "end")]
public record Ended(long Seq, EndReason Reason, TokenUsage Usage, GenerationTimings Timings) : GenerationEvent(Seq);

/// <summary>The answer could not be made or finished.</summary>
/// <param name="Seq">Number of the event.</param>
/// <param name="Code">Machine-readable cause, such as <c>engine_failed</c>.</param>
/// <param name="Fact">What happened, what was kept, what to do.</param>
/// <param name="Retryable">Whether asking again may help.</param>
/// <param name="DropOldest">With <see cref="ContextFull"/>: how many of the oldest turns must be left out.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Failed), "error")]
public record Failed(
    long Seq, string Code, Fact Fact, bool Retryable,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? DropOldest = null)
    : GenerationEvent(Seq)
{
    /// <summary>
    /// The <see cref="Code"/> of a conversation that no longer fits, where nobody has agreed to leave out turns.
    /// </summary>
    public const string ContextFull = "context_full";

    /// <inheritdoc cref="Failed" path="/param[@name='Fact']"/>
    public Fact Fact { get => field ?? new EarlierWords(Message ?? ""); init; } = Fact;

    /// <summary>
    /// The fact in its reader's language, as <see cref="Noted.Message"/>; from earlier versions, an English sentence
    /// instead of a fact.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Message { get; init; }
}

/// <summary>Why an answer ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<EndReason>))]
public enum EndReason
{
    /// <summary>The model wrote its end token.</summary>
    Finished,

    /// <summary>Cut at the length limit.</summary>
    Length,

    /// <summary>Stopped by the person.</summary>
    Stopped,

    /// <summary>The server ended while it was being written; what was journalled is kept.</summary>
    Interrupted,
}

/// <summary>Kinds of remark on an answer.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NoteCode>))]
public enum NoteCode
{
    /// <summary>A coordinate above 100 (or not a number): the point is not shown.</summary>
    PointOutOfRange,

    /// <summary>An x without its y, or the reverse.</summary>
    UnpairedCoordinate,

    /// <summary>A tag was not closed; its points are kept.</summary>
    UnclosedTag,

    /// <summary>
    /// The answer ended inside the opening of a tag; its points are kept, because they were shown when they came.
    /// </summary>
    BrokenTag,

    /// <summary>More points than are drawn.</summary>
    TooManyPoints,

    /// <summary>Earlier turns did not fit or belong to another picture and were not sent.</summary>
    HistoryShortened,

    /// <summary>More crops were asked for than the model was trained with.</summary>
    ManyCrops,

    /// <summary>Something else about how it was asked; the fact says what.</summary>
    Asked,
}

/// <summary>What produced an answer: enough to produce it again.</summary>
/// <param name="Model">Checkpoint, such as <c>molmo-tiny</c> or <c>allenai/Molmo-7B-D-0924</c>.</param>
/// <param name="Revision">Revision or short content hash of the weights.</param>
/// <param name="Precision">Such as <c>float32</c>.</param>
/// <param name="Device">What it computed on, such as <see cref="CpuVectors"/>.</param>
/// <param name="EngineVersion">Version of this program.</param>
/// <param name="Sampling">The choice, with the seed that was used.</param>
/// <param name="Style">Style tag put before the question; null for none.</param>
/// <param name="MaxCrops">Most crops beside the overview; null where it was not recorded.</param>
/// <param name="Crops">Crops that the picture was cut into, the overview included; null without a picture or where it
/// was not recorded.</param>
/// <param name="Practice">How many things a practice checkpoint knows; null for any other, and where it was not
/// recorded.</param>
public sealed record EngineStamp(
    string Model, string Revision, string Precision, Fact Device, string EngineVersion, SamplingChoice Sampling,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Style = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? MaxCrops = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Crops = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Practice = null);

/// <summary>What of the picture reached the model.</summary>
/// <param name="Width">Pixels of the upright picture.</param>
/// <param name="Height">Pixels of the upright picture.</param>
/// <param name="Crops">Crops, the overview included.</param>
/// <param name="ImageTokens">Tokens the picture takes in the prompt.</param>
public sealed record SentImage(int Width, int Height, int Crops, int ImageTokens);

/// <summary>Tokens in and out.</summary>
public sealed record TokenUsage(int PromptTokens, int AnswerTokens);

/// <summary>Where the time went, in milliseconds from the question on.</summary>
/// <param name="QueuedMs">Waiting for the engine.</param>
/// <param name="PreprocessMs">Cutting the picture into crops.</param>
/// <param name="FirstTokenMs">From the question to the first token, queue included.</param>
/// <param name="TotalMs">From the question to the end.</param>
/// <param name="TokensPerSecond">Decode rate after the first token; 0 where fewer than two tokens were written.</param>
public sealed record GenerationTimings(
    double QueuedMs, double PreprocessMs, double FirstTokenMs, double TotalMs, double TokensPerSecond);
