namespace Molmo.Demo.Server.Chat;

/// <summary>What a question must be before anything is looked up or stored.</summary>
internal static class QuestionRules
{
    /// <summary>Characters of all earlier turns given with a question: far more than any model reads.</summary>
    internal const int HistoryCharacters = 64_000;

    /// <summary>Characters of a checkpoint's name: longer than any folder's or repository's.</summary>
    private const int CheckpointCharacters = 300;

    /// <exception cref="ChatRefusedException">It is not; the fact says what to change.</exception>
    public static void Check(Question question)
    {
        if (string.IsNullOrWhiteSpace(question.Text)) throw Invalid(new QuestionEmpty());
        if (question.Text.Length > ChatLimits.PromptCharacters)
            throw new ChatRefusedException(
                ChatFault.TooLong, new QuestionTooLong(question.Text.Length, ChatLimits.PromptCharacters));
        if (!IsText(question.Text)) throw Invalid(new QuestionNotText());
        if (!RandomId.IsWellFormed(question.Conversation.Value)) throw UnknownConversation();
        Check(question.Sampling);
        if (question.Prompt is { } prompt) Check(prompt);
        if (question.Region is { } region) Check(region, question.Image is not null);
        if (question.History is { } history) Check(history);
        if (question.Place?.Written is { } written
            && (written.Text is null || written.Tokens.IsDefault || !IsText(written.Text)))
            throw Invalid(new WrittenNotText());
    }

    public static ChatRefusedException UnknownConversation() => new(ChatFault.Unknown, new ConversationUnknown());

    public static ChatRefusedException EndedPrivately() => new(ChatFault.Unknown, new PrivateChatOver());

    public static ChatRefusedException NothingToContinue() => Invalid(new AnswerNotCut());

    public static ChatRefusedException UnknownCheckpoint(string name) => Invalid(new CheckpointUnknown(name));

    public static ChatRefusedException UnknownImage() => new(ChatFault.Unknown, new PhotoUnknown());

    public static ChatRefusedException UnknownAnswer() => new(ChatFault.Unknown, new AnswerUnknown());

    /// <exception cref="ChatRefusedException">A style tag that no model knows, or a number of crops out of
    /// range.</exception>
    public static void Check(PromptChoice prompt)
    {
        if (prompt.Style is { } style && !PromptStyle.IsKnown(style))
            throw Invalid(new StyleUnknown(string.Join(", ", PromptStyle.Published)));
        if (prompt.MaxCrops is < 1 or > PromptChoice.MostCrops)
            throw Invalid(new CropsOutOfRange(PromptChoice.MostCrops, PromptChoice.StandardCrops));
        if (prompt.Checkpoint is { } checkpoint && (checkpoint.Length > CheckpointCharacters || !IsText(checkpoint)))
            throw Invalid(new CheckpointNameInvalid());
    }

    private static void Check(SamplingChoice? sampling)
    {
        if (sampling is null) throw Invalid(new SamplingMissing());
        if (sampling.OutOfRange is not { } setting) return;
        throw Invalid(setting switch
        {
            SamplingSetting.Temperature => new TemperatureOutOfRange(),
            SamplingSetting.TopK => new TopKOutOfRange(),
            SamplingSetting.TopP => new TopPOutOfRange(),
            _ => new LengthOutOfRange(ChatLimits.AnswerTokens),
        });
    }

    private static void Check(ImageRegion region, bool hasImage)
    {
        if (!hasImage) throw Invalid(new RegionWithoutPhoto());
        if (!region.IsValid) throw Invalid(new RegionOutside());
    }

    private static void Check(IReadOnlyList<Turn> history)
    {
        var length = 0L;
        foreach (var turn in history)
        {
            if (turn is not { Question: { } question, Answer: { } answer } || !IsText(question) || !IsText(answer))
                throw Invalid(new HistoryNotText());
            length += question.Length + answer.Length;
        }
        if (length > HistoryCharacters) throw Invalid(new HistoryTooLong());
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

    private static ChatRefusedException Invalid(Fact fact) => new(ChatFault.Invalid, fact);
}
