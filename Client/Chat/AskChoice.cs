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

    /// <summary>
    /// How an answer that is whole is asked for again. Always the likeliest token, or the same seed, would give the
    /// same answer: then it is asked with a little chance, or with a seed of its own.
    /// </summary>
    public AskChoice Again => this with
    {
        Sampling = Sampling.Temperature > 0
            ? Sampling with { Seed = null } : Sampling with { Temperature = AgainTemperature, Seed = null },
    };

    /// <summary>Temperature of a second answer where the first had none.</summary>
    public const double AgainTemperature = 0.7;

    private AskChoice WithoutConsent => this with { Prompt = Prompt with { MayDropOldest = false } };
}
