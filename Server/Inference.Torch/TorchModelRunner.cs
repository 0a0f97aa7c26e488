using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Model;

namespace Molmo.Demo.Inference.Torch;

/// <summary>The network through libtorch, on a GPU or on the processor.</summary>
public sealed class TorchModelRunner : IModelRunner
{
    /// <summary>Positions of a key/value block.</summary>
    public const int PositionsPerBlock = 16;

    private TorchModelRunner()
    {
    }

    public int VocabularySize => throw new NotSupportedException();

    public int MaxPositions => throw new NotSupportedException();

    public int BlockSize => PositionsPerBlock;

    public int BlockCapacity => throw new NotSupportedException();

    /// <summary>Such as <c>NVIDIA H100 80GB HBM3, libtorch 2.10.0</c> or <c>CPU, libtorch 2.10.0, 2 threads</c>.</summary>
    public string Device => throw new NotSupportedException();

    public string Precision => throw new NotSupportedException();

    /// <summary>Brings a checkpoint's weights onto a device. <see cref="Native.LibTorch.Load"/> must have been called.</summary>
    /// <param name="checkpoint">Opened and checked.</param>
    /// <param name="settings">Device, precision and memory.</param>
    /// <param name="progress">Share of the weights loaded, 0 to 1.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <exception cref="Weights.ModelFormatException">The files changed since they were checked.</exception>
    /// <exception cref="DeviceMemoryException">The weights do not fit on the device.</exception>
    public static TorchModelRunner Load(
        Checkpoint checkpoint, TorchSettings settings, IProgress<double>? progress, CancellationToken cancellationToken)
        => throw new NotSupportedException();

    public void Forward(Batch batch, Span<float> logits, CancellationToken cancellationToken) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
