namespace Molmo.Demo.Server.Chat;

/// <summary>What a question must be before anything is looked up or stored.</summary>
internal static class QuestionRules
{
    /// <summary>Characters of all earlier turns given with a question: far more than any model reads.</summary>
    internal const int HistoryCharacters = 64_000;

    /// <summary>Characters of a checkpoint's name: longer than any folder's or repository's.</summary>
    private const int CheckpointCharacters = 300;

    /// <exception cref="ChatRefusedException">It is not; the message says what to change.</exception>
    public static void Check(Question question)
    {
        if (string.IsNullOrWhiteSpace(question.Text)) throw Invalid("Write a question first.");
        if (question.Text.Length > ChatLimits.PromptCharacters)
            throw new ChatRefusedException(ChatFault.TooLong, string.Create(CultureInfo.InvariantCulture,
                $"This question has {question.Text.Length:N0} characters. The limit is {ChatLimits.PromptCharacters:N0}. Please shorten it; nothing was sent."));
        if (!IsText(question.Text))
            throw Invalid("The question holds half of a character, perhaps from a cut-off emoji. Please remove it; nothing was sent.");
        if (!RandomId.IsWellFormed(question.Conversation.Value)) throw UnknownConversation();
        Check(question.Sampling);
        if (question.Prompt is { } prompt) Check(prompt);
        if (question.Region is { } region) Check(region, question.Image is not null);
        if (question.History is { } history) Check(history);
        if (question.Place?.Written is { } written && (written.Text is null || written.Tokens.IsDefault || !IsText(written.Text)))
            throw Invalid("What the answer goes on from is not text.");
    }

    public static ChatRefusedException UnknownConversation()
        => new(ChatFault.Unknown, "This conversation is not known here. Start a new one; your question was not sent.");

    public static ChatRefusedException EndedPrivately()
        => new(ChatFault.Unknown, "This chat leaves no trace and has ended; nothing of it is left. Start a new one; your question was not sent.");

    public static ChatRefusedException NothingToContinue()
        => new(ChatFault.Invalid, "This answer was not cut, so there is nothing to go on with. You can ask again.");

    public static ChatRefusedException UnknownCheckpoint(string name)
        => new(ChatFault.Invalid, $"There is no checkpoint “{name}” on this server. Ask without it; nothing was sent.");

    public static ChatRefusedException UnknownPicture()
        => new(ChatFault.Unknown, "This photo is not known here, perhaps because it was removed. Please add it again; your question was not sent.");

    public static ChatRefusedException UnknownAnswer()
        => new(ChatFault.Unknown, "This answer is not known here.");

    /// <exception cref="ChatRefusedException">A style tag that no model knows, or a number of crops out of range.</exception>
    public static void Check(PromptChoice prompt)
    {
        if (prompt.Style is { } style && !PromptStyle.IsKnown(style))
            throw Invalid($"This style tag is not one that the models were trained with. They know {string.Join(", ", PromptStyle.Published)}, and long_caption_83 with any length hint from 1 to 999.");
        if (prompt.MaxCrops is < 1 or > PromptChoice.MostCrops)
            throw Invalid($"The most crops of a photo must be between 1 and {PromptChoice.MostCrops}; {PromptChoice.StandardCrops} is the standard.");
        if (prompt.Checkpoint is { } checkpoint && (checkpoint.Length > CheckpointCharacters || !IsText(checkpoint))) throw Invalid("The name of the checkpoint is not one.");
    }

    private static void Check(SamplingChoice? sampling)
    {
        if (sampling is null) throw Invalid("The sampling settings are missing.");
        if (sampling.OutOfRange is not { } setting) return;
        throw Invalid(setting switch
        {
            SamplingSetting.Temperature => "The temperature must be between 0 and 2.",
            SamplingSetting.TopK => "Top-k must be 0 (all tokens) or more.",
            SamplingSetting.TopP => "Top-p must be above 0 and at most 1.",
            _ => $"The answer's length limit must be between 1 and {ChatLimits.AnswerTokens} tokens.",
        });
    }

    private static void Check(ImageRegion region, bool hasPicture)
    {
        if (!hasPicture) throw Invalid("A part of a photo was named, but no photo. Choose a photo first; nothing was sent.");
        if (!region.IsValid) throw Invalid("The part of the photo does not lie within it. Draw the box again; nothing was sent.");
    }

    private static void Check(IReadOnlyList<Turn> history)
    {
        var length = 0L;
        foreach (var turn in history)
        {
            if (turn is not { Question: { } question, Answer: { } answer } || !IsText(question) || !IsText(answer))
                throw Invalid("An earlier question or answer is not text.");
            length += question.Length + answer.Length;
        }
        if (length > HistoryCharacters) throw Invalid("The earlier questions and answers are too long to be sent along.");
    }

    /// <summary>Lone surrogates have no UTF-8 form: they could not be stored and given back as typed.</summary>
    private static bool IsText(string text)
    {
        for (var rest = text.AsSpan(); rest.Length > 0;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out var length) != System.Buffers.OperationStatus.Done) return false;
            rest = rest[length..];
        }
        return true;
    }

    private static ChatRefusedException Invalid(string message) => new(ChatFault.Invalid, message);
}
