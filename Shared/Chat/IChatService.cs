using Molmo.Demo.Shared.Facts;
using Molmo.Demo.Shared.Images;

namespace Molmo.Demo.Shared.Chat;

/// <summary>
/// Asks questions and follows their answers, wherever these are written. Safe for use by many callers at once.
/// </summary>
public interface IChatService
{
    /// <summary>Accepts a question and returns at once; the answer is written whether or not anyone reads it.</summary>
    /// <exception cref="ChatRefusedException">The question was not accepted; nothing was stored.</exception>
    Task<GenerationId> StartAsync(VisitorId visitor, Question question, CancellationToken cancellationToken);

    /// <summary>
    /// All events from number <paramref name="fromSeq"/> (1 = from the beginning) on, those to come included, until the
    /// last. A reader whose last number is none of the answer's is given the last event: it learns in any case how the
    /// answer ended. Leaving the enumeration does not stop the answer.
    /// </summary>
    /// <exception cref="ChatRefusedException">Unknown to this visitor.</exception>
    IAsyncEnumerable<GenerationEvent> ReadAsync(
        VisitorId visitor, GenerationId id, long fromSeq, CancellationToken cancellationToken);

    /// <summary>
    /// Ends the answer within one step of the engine; what was written is kept. No effect on an ended one.
    /// </summary>
    /// <exception cref="ChatRefusedException">Unknown to this visitor.</exception>
    Task StopAsync(VisitorId visitor, GenerationId id, CancellationToken cancellationToken);

    /// <summary>
    /// Lets the model look at a photo before anything is asked about it, whenever it has nothing else to do: the first
    /// question about it then waits less. No answer depends on it.
    /// </summary>
    /// <param name="visitor">Whose photo it is; one photo at a time, a later one takes its place.</param>
    /// <param name="conversation">Where it will be asked about.</param>
    /// <param name="image">The photo.</param>
    /// <param name="cancellationToken">Cancelled when the photo is taken back.</param>
    /// <returns>Completes when the model has seen all of it, or will not; never faulted.</returns>
    Task LookAsync(
        VisitorId visitor, ConversationId conversation, ImageId image, CancellationToken cancellationToken)
        => Task.CompletedTask;

    /// <summary>How busy the engine is now.</summary>
    Task<QueueStatus> GetQueueStatusAsync(CancellationToken cancellationToken);
}

/// <summary>Load of the engine.</summary>
/// <param name="Running">Answers being written.</param>
/// <param name="Waiting">Questions waiting.</param>
/// <param name="EtaSeconds">Estimated wait of a question asked now; null while nothing is known.</param>
/// <param name="Ready">False while the model loads or the inference machine is away.</param>
/// <param name="Fact">Where not ready: why.</param>
/// <param name="Progress">How far the model is while it is fetched or loaded; null otherwise.</param>
public sealed record QueueStatus(
    int Running, int Waiting, double? EtaSeconds, bool Ready, Fact? Fact, ModelProgress? Progress = null)
{
    /// <summary>The fact in its reader's language; set where the status leaves the server.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Message { get; init; }

    /// <summary>What the first checkpoint says that it knows; null where it makes no such promise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Knowledge? Knows { get; init; }

    /// <summary>
    /// Where there is a second checkpoint: both, the first being the one that all else here is about. Null where there
    /// is one only.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<CheckpointStatus>? Checkpoints { get; init; }
}

/// <summary>One of two checkpoints that a question can name.</summary>
/// <param name="Name">What <see cref="PromptChoice.Checkpoint"/> says to ask it.</param>
/// <param name="Ready">Whether it answers.</param>
/// <param name="HasFailed">Whether it never will: the server's log says why.</param>
/// <param name="Progress">How far it is while it is fetched or loaded; null otherwise.</param>
/// <param name="Practice">How many things a practice checkpoint knows; null for any other.</param>
public sealed record CheckpointStatus(
    string Name, bool Ready, bool HasFailed = false, ModelProgress? Progress = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Practice = null);

/// <summary>Why a question or a request about an answer was refused.</summary>
public enum ChatFault
{
    /// <summary>Empty text, values out of range.</summary>
    Invalid,

    /// <summary>The text is too long.</summary>
    TooLong,

    /// <summary>No such answer, conversation or picture for this visitor.</summary>
    Unknown,

    /// <summary>This visitor has too many questions running or waiting.</summary>
    VisitorLimit,

    /// <summary>The queue is full.</summary>
    Busy,

    /// <summary>The server is about to end, and running answers are being finished.</summary>
    Restarting,

    /// <summary>The inference machine is away, or the model is not loaded.</summary>
    Unavailable,

    /// <summary>
    /// The conversation no longer fits into what the model can read, and nobody has agreed to leave out its oldest
    /// turns.
    /// </summary>
    ContextFull,
}

/// <summary>A question was refused. The message is for logs; people are told the fact.</summary>
public sealed class ChatRefusedException(ChatFault fault, Fact fact, TimeSpan? retryAfter = null)
    : Exception(fact.ToString())
{
    /// <summary>What the person is told.</summary>
    public Fact Fact { get; } = fact;

    /// <summary>Why.</summary>
    public ChatFault Fault { get; } = fault;

    /// <summary>When asking again is worth while.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>With <see cref="ChatFault.ContextFull"/>: how many of the oldest turns must be left out.</summary>
    public int? DropOldest { get; init; }
}

/// <summary>Reads the verbatim text of a visitor's own answers.</summary>
public interface IAnswerTexts
{
    /// <summary>
    /// What the model has written so far, markup included, to the character; null where unknown or foreign.
    /// </summary>
    Task<string?> FindTextAsync(VisitorId visitor, GenerationId id, CancellationToken cancellationToken);
}
