namespace Molmo.Demo.Server.Chat;

/// <summary>An accepted question with everything its answer needs.</summary>
/// <param name="Id">The answer.</param>
/// <param name="Visitor">Who asked.</param>
/// <param name="Conversation">Where it is kept.</param>
/// <param name="Text">The question, verbatim.</param>
/// <param name="Image">The picture, known to exist when the question was asked.</param>
/// <param name="Sampling">How tokens are chosen; the seed is set.</param>
/// <param name="History">Earlier turns about the same picture, oldest first, verbatim.</param>
/// <param name="OmittedTurns">Earlier turns about other pictures or parts of this one.</param>
/// <param name="Region">The part of the picture that is asked about alone, on whole pixels; null for all of it.</param>
internal sealed record Assignment(
    GenerationId Id,
    VisitorId Visitor,
    ConversationId Conversation,
    string Text,
    ImageInfo? Image,
    SamplingChoice Sampling,
    ImmutableArray<Turn> History,
    int OmittedTurns,
    ImageRegion? Region = null)
{
    /// <summary>How it was asked.</summary>
    public PromptChoice Prompt { get; init; } = PromptChoice.Plain;

    /// <summary>
    /// Turns about the same picture that are older than <see cref="History"/>: too much to be sent along.
    /// </summary>
    public int CutTurns { get; init; }

    /// <summary>Whether the person gave the seed, so that asking again takes the same.</summary>
    public bool IsSeedGiven { get; init; }

    /// <summary>The turn before it; null for a first question.</summary>
    public GenerationId? Parent { get; init; }

    /// <summary>The answer that it goes on from.</summary>
    public GenerationId? Continues { get; init; }

    /// <summary>What that answer had written.</summary>
    public WrittenAnswer? Written { get; init; }

    /// <summary>Whether an inference machine had taken it before this process began.</summary>
    public bool IsTaken { get; init; }

    /// <summary>How it fits into the model; null where that is not known yet.</summary>
    public ContextFit? Fit { get; init; }

    /// <summary>Whether nothing of it may be stored.</summary>
    public bool IsPrivate { get; init; }
}
