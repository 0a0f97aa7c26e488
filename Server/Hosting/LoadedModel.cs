using System.Reflection;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Server.Hosting;

/// <summary>A checkpoint in memory with all that answers a question about a picture.</summary>
public sealed class LoadedModel : IAsyncDisposable
{
    private static readonly string EngineVersion =
        typeof(LoadedModel).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Such as <c>molmo-tiny</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Short content hash of the weights.</summary>
    public required string Revision { get; init; }

    /// <summary>Such as <c>float32</c>.</summary>
    public required string Precision { get; init; }

    /// <summary>The packed file in which the weights lie; null where they were converted from the checkpoint.</summary>
    public string? PackedFile { get; init; }

    /// <summary>Such as <c>CPU, 512-bit vectors, 2 threads</c>.</summary>
    public required string Device { get; init; }

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

    /// <summary>
    /// Whether it was trained on single questions, so that earlier turns would only confuse it: a checkpoint of ours, which
    /// lists what it knows in <c>labels.json</c>.
    /// </summary>
    public required bool IsSingleTurn { get; init; }

    /// <summary>What is written under an answer made with this choice.</summary>
    public EngineStamp Stamp(SamplingChoice sampling) => new(Name, Revision, Precision, Device, EngineVersion, sampling);

    public ValueTask DisposeAsync() => Engine.DisposeAsync();
}
