using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Torch;
using Molmo.Demo.Inference.Torch.Modules;
using static TorchSharp.torch;

namespace Molmo.Demo.Lab.Training;

/// <summary>First weights of a network that is trained from nothing.</summary>
internal static class InitialWeights
{
    /// <summary>
    /// Matrices by the root of their inputs, those that end in the residual stream smaller by its depth, and positions
    /// as large as what a patch gives: smaller ones are never learned.
    /// </summary>
    /// <param name="model">To be filled; on its own device.</param>
    /// <param name="config">The network.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    public static void Fill(MolmoModel model, ModelConfig config, long seed)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        manual_seed(seed);
        foreach (var (name, target) in model.Weights())
        {
            // The class token stands alone in its row: at zero its norm would divide by nothing.
            if (target.shape.Length == 1 && !name.EndsWith("class_embedding", StringComparison.Ordinal))
            {
                target.fill_(name.EndsWith(".bias", StringComparison.Ordinal) ? Scalars.Zero : Scalars.One);
                continue;
            }

            var values = name.EndsWith("positional_embedding", StringComparison.Ordinal)
                ? Positions(config.Vision)
                : randn(target.shape).mul(Deviation(name, target.shape, config));
            target.copy_(values);
        }

        model.Vision.FitPositions();
    }

    private static TorchSharp.Scalar Deviation(string name, long[] shape, ModelConfig config)
    {
        if (name.Contains(".wte.", StringComparison.Ordinal)) return Named.Embedding;
        if (name.EndsWith("class_embedding", StringComparison.Ordinal)) return Named.Class;
        if (name.EndsWith("pad_embed", StringComparison.Ordinal)) return Named.Padding;
        var depth = name.Contains("image_vit", StringComparison.Ordinal) ? config.Vision.LayerCount : config.LayerCount;
        var endsInStream = name.EndsWith("attn_out.weight", StringComparison.Ordinal)
            || name.EndsWith("ff_out.weight", StringComparison.Ordinal) && name.Contains("blocks.")
            || name.EndsWith("wo.weight", StringComparison.Ordinal) && name.Contains("resblocks")
            || name.EndsWith("feed_forward.w2.weight", StringComparison.Ordinal);
        return (endsInStream ? 1 / Math.Sqrt(2.0 * depth) : 1) / Math.Sqrt(shape[^1]);
    }

    /// <summary>Waves along both sides, from one a picture to one in four patches.</summary>
    /// <returns>[positions, width].</returns>
    private static Tensor Positions(VisionConfig config)
    {
        var values = new float[config.PositionCount, config.Width];
        var side = (int)Math.Round(Math.Sqrt(config.PositionCount - 1));
        var waves = config.Width / 4;
        for (var position = 1; position < config.PositionCount; position++)
        {
            var (row, column) = Math.DivRem(position - 1, side);
            for (var i = 0; i < config.Width; i++)
            {
                var place = i % 2 == 0 ? row : column;
                var frequency = Math.PI / side * Math.Pow(side / 4.0, (double)(i / 4) / waves);
                var angle = (place + 0.5) * frequency;
                values[position, i] = (float)(0.7 * (i / 2 % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle)));
            }
        }

        return tensor(values);
    }

    private static class Named
    {
        public static readonly TorchSharp.Scalar Embedding = 0.3;
        public static readonly TorchSharp.Scalar Class = 0.5;
        public static readonly TorchSharp.Scalar Padding = 0.1;
    }
}
