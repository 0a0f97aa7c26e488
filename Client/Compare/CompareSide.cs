namespace Molmo.Demo.Client.Compare;

/// <summary>One of two ways to ask about a photo, as a person sets it.</summary>
public sealed class CompareSide
{
    /// <summary>The question.</summary>
    public string Text { get; set; } = "";

    /// <summary>0 (greedy) to 2.</summary>
    public double Temperature { get; set; }

    /// <summary>Seed of the random choice; it matters above temperature 0.</summary>
    public long Seed { get; set; } = 1;

    /// <summary>Most crops of the photo.</summary>
    public int MaxCrops { get; set; } = PromptChoice.StandardCrops;

    /// <summary>Name of the checkpoint that is asked; null for the first.</summary>
    public string? Checkpoint { get; set; }

    /// <summary>This side as it is now, which later changes leave alone.</summary>
    public CompareSide Copy() => (CompareSide)MemberwiseClone();

    /// <summary>The question as the server takes it, as one version of a conversation's first.</summary>
    public Question ToQuestion(ConversationId conversation, Molmo.Demo.Shared.Images.ImageId image) => new(
        conversation, Text, image, new SamplingChoice(Temperature, Seed: Seed),
        Prompt: MaxCrops == PromptChoice.StandardCrops && Checkpoint is null ? null
            : new PromptChoice(MaxCrops: MaxCrops, Checkpoint: Checkpoint),
        Place: new TurnPlace());
}
