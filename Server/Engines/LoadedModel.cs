using System.Reflection;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Limits;
using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Server.Engines;

/// <summary>A checkpoint in memory with all that answers a question about a picture.</summary>
public sealed class LoadedModel : IAsyncDisposable
{
    /// <summary>Version of this program.</summary>
    internal static readonly string EngineVersion =
        typeof(LoadedModel).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? "unknown";

    /// <summary>Such as <c>molmo-tiny</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Short content hash of the weights.</summary>
    public required string Revision { get; init; }

    /// <summary>Such as <c>float32</c>.</summary>
    public required string Precision { get; init; }

    /// <summary>The packed file in which the weights lie; null where they were converted from the checkpoint.</summary>
    public string? PackedFile { get; init; }

    /// <summary>How its precision was chosen and where its weights come from, for the log.</summary>
    public required string Origin { get; init; }

    /// <summary>What it computes on.</summary>
    public required Fact Device { get; init; }

    /// <summary>What computes: <c>managed</c>, or such as <c>libtorch 2.10.0</c>.</summary>
    public required string Library { get; init; }

    /// <summary>What its network has to do for a question.</summary>
    public required ModelWork Work { get; init; }

    /// <summary>Room for keys and values.</summary>
    public required KeyValueRoom KeyValues { get; init; }

    /// <summary>Cuts pictures into crops.</summary>
    public required MultiCropPreprocessor Preprocessor { get; init; }

    /// <summary>Writes prompts.</summary>
    public required PromptBuilder Prompts { get; init; }

    /// <summary>Answers them; disposed with this.</summary>
    public required InferenceEngine Engine { get; init; }

    /// <summary>Ids that end an answer.</summary>
    public required IReadOnlyList<int> EndTokenIds { get; init; }

    /// <summary>Positions of prompt and answer together.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>What it says that it knows; null where it makes no such promise.</summary>
    public Knowledge? Knows { get; init; }

    /// <summary>
    /// Whether it was trained on single questions, so that earlier turns would only confuse it: a practice checkpoint.
    /// </summary>
    public bool IsSingleTurn => Knows is { Practice: true };

    /// <summary>What is written under an answer.</summary>
    /// <param name="sampling">How its tokens are chosen, with the seed.</param>
    /// <param name="prompt">How it was asked; null for the paper's way.</param>
    /// <param name="crops">Crops of its picture, the overview included; null without one.</param>
    public EngineStamp Stamp(SamplingChoice sampling, PromptChoice? prompt = null, int? crops = null)
    {
        prompt ??= PromptChoice.Plain;
        return new(Name, Revision, Precision, Device, EngineVersion, sampling, prompt.Style, CropsFor(prompt), crops,
            Knows?.PracticeThings);
    }

    /// <summary>
    /// Crops beside the overview that a choice allows, the standard being what the checkpoint was trained with.
    /// </summary>
    public int CropsFor(PromptChoice prompt)
        => prompt.MaxCrops == PromptChoice.StandardCrops ? Preprocessor.MaxCrops : prompt.MaxCrops;

    /// <summary>
    /// What is to be said where more crops were asked for than the checkpoint was trained with: the paper reads small
    /// print better with 36 of them, and points worse. Null where nothing is to be said.
    /// </summary>
    /// <param name="prompt">How it was asked.</param>
    /// <param name="crops">Crops of its picture, the overview included; null without one.</param>
    public Fact? WarnOfCrops(PromptChoice prompt, int? crops)
    {
        if (crops is not { } used || CropsFor(prompt) <= Preprocessor.MaxCrops) return null;
        return used - 1 <= Preprocessor.MaxCrops
            ? new CropsNotNeeded(prompt.MaxCrops, used - 1)
            : new ManyCrops(used - 1, Preprocessor.MaxCrops);
    }

    /// <summary>
    /// What is to be said of things that a question counts or points at and the checkpoint does not know: nothing where
    /// it makes no promise, or where the question is not understood.
    /// </summary>
    /// <param name="question">The person's words.</param>
    public IEnumerable<Fact> WarnOfThings(string question) => Knows is not { } knows ? [] : AskedNouns.Of(question)
        .Where(noun => !knows.Knows(noun))
        .Select(noun => new ThingUnknown(char.ToUpperInvariant(noun[0]) + noun[1..], knows.Things.Length));

    public ValueTask DisposeAsync() => Engine.DisposeAsync();
}
