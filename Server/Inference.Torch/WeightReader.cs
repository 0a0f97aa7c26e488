using Molmo.Demo.Inference.Torch.Modules;
using Molmo.Demo.Inference.Weights;
using static TorchSharp.torch;

namespace Molmo.Demo.Inference.Torch;

/// <summary>
/// Brings a checkpoint's weights from its mapped files to a device, piece by piece: the host never holds more than a
/// piece.
/// </summary>
internal static class WeightReader
{
    /// <summary>Floats that are under way together.</summary>
    private const int Piece = 1 << 22;

    /// <summary>Bytes read from the files until their mapped pages are given back.</summary>
    private const long ReleaseAfter = 1L << 29;

    /// <param name="model">Made for the checkpoint's network.</param>
    /// <param name="weights">The checkpoint's files.</param>
    /// <param name="progress">Share of the weights read, 0 to 1.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="ModelFormatException">A tensor is missing or of another shape.</exception>
    public static void Read(
        MolmoModel model, WeightStore weights, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var buffer = new float[Piece];
        var staging = frombuffer(buffer, ScalarType.Float32);
        long held = 0, read = 0;
        foreach (var (name, target) in model.Weights())
        {
            using var view = target;
            var stored = weights.Root.Tensor(name, target.shape);
            using var flat = target.view(-1);
            var count = stored.Shape.ElementCount;
            for (long start = 0; start < count; start += Piece)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var length = (int)Math.Min(Piece, count - start);
                stored.Read(start, buffer.AsSpan(0, length));
                using var source = staging.narrow(0, 0, length);
                using var destination = flat.narrow(0, start, length);
                // Waits until the device has it: the buffer is used again.
                destination.copy_(source).Dispose();
                var bytes = stored.StoredLength / Math.Max(1, count) * length;
                (held, read) = (held + bytes, read + bytes);
                if (held < ReleaseAfter) continue;
                weights.Release();
                held = 0;
            }

            progress?.Report(Math.Min(1, (double)read / weights.StoredLength));
        }

        model.Vision.FitPositions();
    }
}
