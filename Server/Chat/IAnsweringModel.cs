using Molmo.Demo.Inference.Engine;

namespace Molmo.Demo.Server.Chat;

/// <summary>
/// The model of this process, as far as answers need it; a second checkpoint shares its queue and nothing else.
/// </summary>
internal interface IAnsweringModel
{
    /// <summary>Why questions cannot be answered: loading (they may wait) or failed. Null where they can.</summary>
    Fact? Trouble { get; }

    /// <summary>Whether the trouble is lasting, so that questions are refused.</summary>
    bool HasFailed { get; }

    /// <summary>How far the model is while it is fetched or loaded; null otherwise.</summary>
    ModelProgress? Progress { get; }

    /// <summary>What the first says that it knows; null where it makes no such promise.</summary>
    Knowledge? Knows { get; }

    /// <summary>Both checkpoints where there are two; null where there is one.</summary>
    IReadOnlyList<CheckpointStatus>? Checkpoints { get; }

    /// <exception cref="ChatRefusedException">There is no checkpoint of this name, or it cannot answer now.</exception>
    void ThrowIfUnavailable(string checkpoint);

    /// <inheritdoc cref="IAnswerSource.Fit"/>
    ContextFit? Fit(Assignment assignment);

    /// <summary>Loads and cuts the picture and builds the prompt; waits while the model loads.</summary>
    /// <exception cref="ChatRefusedException">It does not fit, or the picture is gone.</exception>
    Task<PreparedAnswer> PrepareAsync(Assignment assignment, CancellationToken cancellationToken);

    /// <inheritdoc cref="IAnswerSource.LookAsync"/>
    Task LookAsync(AwaitedPhoto photo, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc cref="IAnswerSource.Reuse"/>
    ReuseStatistics? Reuse => null;

    /// <summary>Gives up what was computed for a conversation without trace.</summary>
    void Forget(ConversationId conversation) { }

    /// <summary>Gives up what was computed about a picture.</summary>
    /// <param name="contentKey">Names its crops.</param>
    void ForgetPicture(string contentKey) { }
}

/// <summary>A question ready for the engine.</summary>
/// <param name="Stamp">What will answer.</param>
/// <param name="Sent">What of the picture reaches the model.</param>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="UnsentTurns">Earlier turns that did not fit and were left out as agreed.</param>
/// <param name="PreprocessMs">Time the picture took.</param>
/// <param name="Updates">The engine's steps; begins when enumerated, ends early when its token is cancelled.</param>
/// <param name="CropWarning">
/// What is to be said where the picture was cut in another way than in training; null where not.
/// </param>
/// <param name="Unknown">What is to be said of things that the model does not know; null for nothing.</param>
internal sealed record PreparedAnswer(
    EngineStamp Stamp, SentImage? Sent, int PromptTokens, int UnsentTurns, double PreprocessMs,
    IAsyncEnumerable<GenerationUpdate> Updates, Fact? CropWarning = null,
    IEnumerable<Fact>? Unknown = null);
