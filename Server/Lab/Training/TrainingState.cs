using static TorchSharp.torch;

namespace Molmo.Demo.Lab.Training;

/// <summary>Where a run stands, on disk: weights and moments in float32, and how far it is.</summary>
/// <param name="Stage">From 0.</param>
/// <param name="Step">Steps of the stage that are done.</param>
/// <param name="Items">Examples drawn so far, over all stages.</param>
internal sealed record TrainingProgress(int Stage, long Step, long Items);

/// <summary>Writes and reads a run's state. The file is whole or it is not there.</summary>
internal static class TrainingState
{
    public const string FileName = "state.bin";

    private const string Mark = "molmo-lab-training-2";

    // Numbers written at once: an array cannot have as many as a large network.
    private const long Piece = 1 << 26;

    /// <exception cref="IOException">The disk is full or fails; the state before stays.</exception>
    public static void Write(string folder, TrainingProgress progress, IReadOnlyList<Component> components)
    {
        var path = Path.Combine(folder, FileName);
        var partial = $"{path}.part";
        using var noGradient = no_grad();
        using (var file = File.Create(partial))
        using (var writer = new BinaryWriter(file))
        {
            writer.Write(Mark);
            writer.Write(progress.Stage);
            writer.Write(progress.Step);
            writer.Write(progress.Items);
            foreach (var component in components)
            {
                writer.Write(component.Name);
                foreach (var kept in Kept(component))
                {
                    using var piece = kept;
                    using var here = piece.cpu();
                    var values = here.data<float>().ToArray();
                    writer.Write(values.Length);
                    writer.Write(MemoryMarshal.AsBytes<float>(values));
                }
            }

            writer.Flush();
            file.Flush(flushToDisk: true);
        }

        File.Move(partial, path, overwrite: true);
    }

    /// <returns>How far the run is; null where there is no state.</returns>
    /// <exception cref="CommandException">The state is of another network, or broken.</exception>
    public static TrainingProgress? Read(string folder, IReadOnlyList<Component> components)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            using var reader = new BinaryReader(File.OpenRead(path));
            if (reader.ReadString() != Mark) throw new FormatException("it is of another version");
            var progress = new TrainingProgress(reader.ReadInt32(), reader.ReadInt64(), reader.ReadInt64());
            using var noGradient = no_grad();
            foreach (var component in components)
            {
                if (reader.ReadString() != component.Name) throw new FormatException("it is of another network");
                foreach (var kept in Kept(component))
                {
                    using var target = kept;
                    if (reader.ReadInt32() != target.numel()) throw new FormatException("it is of another network");
                    var values = new float[target.numel()];
                    reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
                    using var source = tensor(values);
                    target.copy_(source);
                }

                component.CopyToNetwork();
            }

            return progress;
        }
        catch (Exception e) when (e is FormatException or EndOfStreamException)
        {
            throw new CommandException(
                $"The state {path} cannot be taken up: {e.Message}. Move it away to begin anew.", e);
        }
    }

    /// <summary>Views of what is kept, in pieces.</summary>
    private static IEnumerable<Tensor> Kept(Component component)
    {
        foreach (var kept in (Tensor[])[component.Weights, component.Mean, component.Square])
        {
            for (var start = 0L; start < kept.numel(); start += Piece)
                yield return kept.narrow(0, start, Math.Min(Piece, kept.numel() - start));
        }
    }
}
