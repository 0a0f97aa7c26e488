using Molmo.Demo.Shared.Images;

namespace Molmo.Demo.Shared.Chat;

/// <summary>A question together with what was said before it.</summary>
/// <param name="Conversation">Where the answer is kept; a new id starts a conversation.</param>
/// <param name="Text">The person's words, verbatim, 1 to <see cref="ChatLimits.PromptCharacters"/> characters.</param>
/// <param name="Image">The picture asked about; null for a question without one.</param>
/// <param name="Sampling">How tokens are chosen.</param>
/// <param name="History">
/// Earlier turns about the same picture, oldest first, answers verbatim with their markup. Null: taken from the
/// conversation as stored. A caller that keeps its own conversation (the web role asking an inference machine) gives
/// it.
/// </param>
/// <param name="Prompt">What is put before and left out of the prompt; null for the paper's way of asking.</param>
/// <param name="Region">The part of the picture that is asked about alone; null for all of it. Points still come in
/// percent of the whole picture.</param>
/// <param name="Place">Where in the conversation it belongs; null: after the newest turn.</param>
public sealed record Question(
    ConversationId Conversation,
    string Text,
    ImageId? Image,
    SamplingChoice Sampling,
    ImmutableArray<Turn>? History = null,
    PromptChoice? Prompt = null,
    ImageRegion? Region = null,
    TurnPlace? Place = null);

/// <summary>Departures from asking in plain words about 12 crops, each an explicit choice.</summary>
/// <param name="Style">Style tag put before the words, such as <c>vqa2</c> or <c>long_caption_83</c>; null for
/// none.</param>
/// <param name="MaxCrops">
/// Most crops of the picture beside its overview. <see cref="StandardCrops"/> stands for as many as the checkpoint was
/// trained with (12 in the published ones); another number, up to <see cref="MostCrops"/> for documents, is taken as it
/// is.
/// </param>
/// <param name="MayDropOldest">Whether the oldest turns may be left out where the conversation no longer fits.</param>
/// <param name="Checkpoint">Name of the checkpoint that is asked, from <see cref="QueueStatus.Checkpoints"/>; null for
/// the first.</param>
public sealed record PromptChoice(
    string? Style = null, int MaxCrops = PromptChoice.StandardCrops, bool MayDropOldest = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Checkpoint = null)
{
    public const int StandardCrops = 12;
    public const int MostCrops = 36;

    public static PromptChoice Plain { get; } = new();
}

/// <summary>One earlier question with its verbatim answer.</summary>
public sealed record Turn(string Question, string Answer);

/// <summary>How the next token is chosen. The default is greedy, as the published model is evaluated.</summary>
/// <param name="Temperature">0 (greedy) to 2.</param>
/// <param name="TopK">Keep the k likeliest tokens; 0 keeps all.</param>
/// <param name="TopP">Keep the smallest set of likeliest tokens whose probabilities reach this sum; above 0, at most
/// 1.</param>
/// <param name="Seed">Seed of the random choice; null takes a fresh one.</param>
/// <param name="MaxTokens">Length stop, 1 to <see cref="ChatLimits.AnswerTokens"/>.</param>
public sealed record SamplingChoice(
    double Temperature = 0,
    int TopK = 0,
    double TopP = 1,
    long? Seed = null,
    int MaxTokens = ChatLimits.AnswerTokens)
{
    public static SamplingChoice Greedy { get; } = new();

    /// <summary>The first setting that is out of its range; null where all are within.</summary>
    [JsonIgnore]
    public SamplingSetting? OutOfRange =>
        Temperature is not (>= 0 and <= 2) ? SamplingSetting.Temperature
        : TopK < 0 ? SamplingSetting.TopK
        : TopP is not (> 0 and <= 1) ? SamplingSetting.TopP
        : MaxTokens is < 1 or > ChatLimits.AnswerTokens ? SamplingSetting.MaxTokens
        : null;
}

/// <summary>The settings of a <see cref="SamplingChoice"/> that have a range.</summary>
public enum SamplingSetting
{
    Temperature,
    TopK,
    TopP,
    MaxTokens,
}

/// <summary>Limits that people meet; the texts that refuse name them.</summary>
public static class ChatLimits
{
    public const int PromptCharacters = 4000;
    public const int AnswerTokens = 1024;
    public const int PointsDrawn = 1000;
    public const int TitleCharacters = 120;
    public const int SearchCharacters = 200;
}
