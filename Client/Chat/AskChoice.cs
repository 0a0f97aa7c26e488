namespace Molmo.Demo.Client.Chat;

/// <summary>How the next questions of a page are asked, where the person departs from the paper's way.</summary>
/// <param name="Prompt">Crops and style tag.</param>
/// <param name="Sampling">How tokens are chosen; without a seed, each answer draws one.</param>
public sealed record AskChoice(PromptChoice Prompt, SamplingChoice Sampling)
{
    /// <summary>Plain words, as many crops as in training, always the likeliest token.</summary>
    public static AskChoice Plain { get; } = new(PromptChoice.Plain, SamplingChoice.Greedy);

    /// <summary>
    /// Whether nothing departs. Leaving out old turns is agreed to for one question and does not count.
    /// </summary>
    public bool IsPlain => WithoutConsent == Plain;

    /// <summary>Whether more crops are allowed than in training.</summary>
    public bool IsDocument => Prompt.MaxCrops > PromptChoice.StandardCrops;

    /// <summary>The same with the oldest turns left out where they do not fit.</summary>
    public AskChoice WithConsent => this with { Prompt = Prompt with { MayDropOldest = true } };

    private AskChoice WithoutConsent => this with { Prompt = Prompt with { MayDropOldest = false } };
}
