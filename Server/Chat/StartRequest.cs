namespace Molmo.Demo.Server.Chat;

/// <summary>
/// Argument of <see cref="ChatHub.StartGeneration"/>. Every member may be missing; the service says what must not be.
/// </summary>
internal sealed record StartRequest
{
    /// <summary>A conversation of the caller; without one a new conversation begins.</summary>
    public string? Conversation { get; init; }

    /// <summary>
    /// Id of an uploaded picture; on an inference machine, the SHA-256 of one sent to <c>/api/pictures</c>.
    /// </summary>
    public string? Image { get; init; }

    /// <summary>The part of the picture to ask about alone, in percent; all of it without.</summary>
    public ImageRegion? Region { get; init; }

    /// <summary>The question.</summary>
    public string? Text { get; init; }

    /// <summary>How tokens are chosen; greedy without it.</summary>
    public SamplingChoice? Sampling { get; init; }

    /// <summary>Earlier turns; without it those of the conversation.</summary>
    public IReadOnlyList<Turn>? History { get; init; }

    /// <summary>
    /// A new random id of 22 letters and digits for the answer, so that a start whose reply was lost can be repeated
    /// without asking twice.
    /// </summary>
    public string? GenerationId { get; init; }

    /// <summary>On an inference machine: for whom the web machine asks, so that visitors take turns.</summary>
    public string? Visitor { get; init; }

    /// <summary>Earlier turns that were left out of <see cref="History"/>.</summary>
    public int OmittedTurns { get; init; }

    /// <summary>Turns older than <see cref="History"/> that were too much to be sent along.</summary>
    public int CutTurns { get; init; }

    /// <summary>Style tag, crops, and whether the oldest turns may be left out; the paper's way without it.</summary>
    public PromptChoice? Prompt { get; init; }

    /// <summary>Where in the conversation it belongs; without it, after the newest turn.</summary>
    public TurnPlace? Place { get; init; }

    internal Question ToQuestion() => new(
        Conversation is { } conversation ? new ConversationId(conversation) : ConversationId.New(),
        Text ?? "",
        Image is { } image ? new ImageId(image) : null,
        Sampling ?? SamplingChoice.Greedy,
        History is { } history ? [.. history] : null,
        Prompt,
        Region,
        Place);

    internal LeftOutTurns ToLeftOut() => new(Math.Max(0, OmittedTurns), Math.Max(0, CutTurns));

    /// <exception cref="ChatRefusedException">The given id has not the form of one.</exception>
    internal GenerationId ToId()
    {
        if (GenerationId is null) return Demo.Shared.Chat.GenerationId.New();
        return RandomId.IsWellFormed(GenerationId)
            ? new GenerationId(GenerationId)
            : throw new ChatRefusedException(ChatFault.Invalid, new AnswerIdInvalid());
    }
}

/// <summary>Reply of <see cref="ChatHub.StartGeneration"/>.</summary>
internal sealed record StartReply(string GenerationId, string Conversation);
