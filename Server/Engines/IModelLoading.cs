using Molmo.Demo.Inference;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Model;

namespace Molmo.Demo.Server.Engines;

/// <summary>How the weights of a checkpoint get to where the model computes.</summary>
public interface IModelLoading
{
    /// <summary>What was chosen, known before anything is loaded: such as <see cref="GpuChosen"/>.</summary>
    Fact Device { get; }

    /// <exception cref="StartupException">Weights are set that it cannot keep; the message says which.</exception>
    void Check();

    /// <summary>An account of the memory that the checkpoints of this process share there.</summary>
    ModelMemory CreateMemory();

    /// <summary>
    /// The least memory that a checkpoint can be loaded into: its weights and one answer's keys and values, in bytes.
    /// </summary>
    long LeastBytes(Checkpoint checkpoint);

    /// <summary>Name of the form in which weights take the least memory among those the configuration allows.</summary>
    string SmallestForm { get; }

    /// <summary>Loads the weights and makes room for keys and values.</summary>
    /// <param name="checkpoint">Opened and checked.</param>
    /// <param name="memory">Shared with another checkpoint; what this one takes is noted there.</param>
    /// <param name="progress">Share of the weights loaded, 0 to 1.</param>
    /// <param name="note">Takes a sentence about what was set and is not used.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <exception cref="StartupException">There is too little memory on the device.</exception>
    /// <exception cref="ModelFormatException">
    /// The files changed since they were checked, or do not fit into memory.
    /// </exception>
    /// <exception cref="DeviceLostException">The device answers no more.</exception>
    LoadedRunner Load(
        Checkpoint checkpoint, ModelMemory memory, IProgress<double>? progress, Action<string>? note,
        CancellationToken cancellationToken);
}

/// <summary>A network with its weights.</summary>
/// <param name="Runner">The network.</param>
/// <param name="Device">What it computes on.</param>
/// <param name="Library">What computes: <c>managed</c>, or such as <c>libtorch 2.10.0</c>.</param>
/// <param name="BytesPerBlock">Keys and values of a block, all layers together.</param>
/// <param name="Origin">How the precision was chosen and where the weights come from, for the log.</param>
/// <param name="PackedFile">The packed file in which the weights lie; null where there is none.</param>
public sealed record LoadedRunner(
    IModelRunner Runner, Fact Device, string Library, long BytesPerBlock, string Origin, string? PackedFile = null);
