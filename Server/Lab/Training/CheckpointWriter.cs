using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Torch.Modules;
using Molmo.Demo.Lab.Synthesis;
using static TorchSharp.torch;

namespace Molmo.Demo.Lab.Training;

/// <summary>Writes the network in the layout of Hugging Face, which the server loads.</summary>
internal static class CheckpointWriter
{
    private const string WeightFile = "model.safetensors";

    private static readonly string[] Taken =
    [
        ModelConfig.FileName, "generation_config.json", "preprocessor_config.json", "tokenizer.json",
        "tokenizer_config.json", "knows.json",
    ];

    /// <param name="folder">To write to; made where it is missing.</param>
    /// <param name="model">Folder with the configuration, which is copied.</param>
    /// <param name="network">In float32, on the processor.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public static void Write(string folder, string model, MolmoModel network)
    {
        Directory.CreateDirectory(folder);
        foreach (var name in Taken)
        {
            var source = Path.Combine(model, name);
            if (File.Exists(source)) File.Copy(source, Path.Combine(folder, name), overwrite: true);
        }

        var specs = new List<WeightSpec>();
        var values = new Dictionary<string, float[]>();
        using var noGradient = no_grad();
        foreach (var (name, target) in network.Weights())
        {
            using var scope = NewDisposeScope();
            specs.Add(new WeightSpec(name, target.shape));
            values.Add(name, target.contiguous().data<float>().ToArray());
            target.Dispose();
        }

        var writer = new WeightWriter(
            (spec, start, part) => values[spec.Name].AsSpan((int)start, part.Length).CopyTo(part), written: null,
            CancellationToken.None);
        var partial = Path.Combine(folder, $"{WeightFile}.part");
        writer.WriteSafetensors(partial, specs);
        File.Move(partial, Path.Combine(folder, WeightFile), overwrite: true);
    }
}
