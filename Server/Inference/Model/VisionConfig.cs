namespace Molmo.Demo.Inference.Model;

/// <summary>Sizes of the vision transformer and of the pooling behind it.</summary>
/// <remarks>The published dense checkpoints do not state them: the defaults are what their code holds fixed.</remarks>
public sealed record VisionConfig
{
    private const int MaxSide = 8192;

    /// <summary>Pixels of a crop, top to bottom.</summary>
    public int ImageHeight { get; init; } = 336;

    /// <summary>Pixels of a crop, left to right.</summary>
    public int ImageWidth { get; init; } = 336;

    /// <summary>Pixels of a patch's side.</summary>
    public int PatchSide { get; init; } = 14;

    /// <summary>Rows of the position table: the class token's and a square grid's.</summary>
    public int PositionCount { get; init; } = 577;

    /// <summary>Residual stream.</summary>
    public int Width { get; init; } = 1024;

    public int HeadCount { get; init; } = 16;

    public int HeadSize { get; init; } = 64;

    public int FeedForwardSize { get; init; } = 4096;

    public int LayerCount { get; init; } = 23;

    public float NormEpsilon { get; init; } = 1e-5f;

    /// <summary>Layers, from 0, whose outputs are the features, in the order in which they are joined.</summary>
    public IReadOnlyList<int> TappedLayers { get; init; } = [21, 14];

    /// <summary>Patches of a pooling window, top to bottom.</summary>
    public int PoolingHeight { get; init; } = 2;

    /// <summary>Patches of a pooling window, left to right.</summary>
    public int PoolingWidth { get; init; } = 2;

    public int GridRows => ImageHeight / PatchSide;

    public int GridColumns => ImageWidth / PatchSide;

    public int PatchCount => GridRows * GridColumns;

    /// <summary>Values of a patch.</summary>
    public int PatchLength => PatchSide * PatchSide * 3;

    /// <summary>Features a crop after pooling.</summary>
    public int TokensPerCrop => GridRows / PoolingHeight * (GridColumns / PoolingWidth);

    /// <summary>Floats of a patch's joined features.</summary>
    public int FeatureSize => TappedLayers.Count * Width;

    /// <summary>Patches of a pooling window.</summary>
    internal int WindowSize => PoolingHeight * PoolingWidth;

    /// <summary>A patch of a pooling window, both counted over the crops; patches of a window row by row.</summary>
    internal int PatchOf(int window, int index)
    {
        var (crop, inCrop) = Math.DivRem(window, TokensPerCrop);
        var (top, left) = Math.DivRem(inCrop, GridColumns / PoolingWidth);
        var row = (top * PoolingHeight) + (index / PoolingWidth);
        var column = (left * PoolingWidth) + (index % PoolingWidth);
        return (((crop * GridRows) + row) * GridColumns) + column;
    }

    internal static VisionConfig Read(ConfigFields root)
    {
        var published = new VisionConfig();
        var vision = published;
        if (root.Object("vision_backbone") is { } fields)
        {
            var size =
                fields.Integers("image_default_input_size", 1, MaxSide, [published.ImageHeight, published.ImageWidth]);
            if (size.Length != 2)
                throw fields.Wrong(
                    "image_default_input_size", $"has {size.Length} numbers; expected height and width.");
            vision = new VisionConfig
            {
                ImageHeight = size[0],
                ImageWidth = size[1],
                PatchSide = fields.Integer("image_patch_size", 1, 256, published.PatchSide),
                PositionCount = fields.Integer("image_num_pos", 2, 1 << 20, published.PositionCount),
                Width = fields.Integer("image_emb_dim", 1, ModelConfig.MaxWidth, published.Width),
                HeadCount = fields.Integer("image_num_heads", 1, 1024, published.HeadCount),
                HeadSize = fields.Integer("image_head_dim", 1, Kernels.Attention.MaxHeadSize, published.HeadSize),
                FeedForwardSize = fields.Integer("image_mlp_dim", 1, ModelConfig.MaxWidth, published.FeedForwardSize),
                LayerCount = fields.Integer("image_num_layers", 1, ModelConfig.MaxLayers, published.LayerCount),
                NormEpsilon = fields.Positive("image_norm_eps", published.NormEpsilon),
            };
            fields.Expect("image_mlp_activations", "quick_gelu");
            if (fields.Integer("image_num_key_value_heads", 1, 1024, vision.HeadCount) != vision.HeadCount)
                throw fields.Wrong("image_num_key_value_heads",
                    "differs from image_num_heads; grouped heads in the vision transformer are not supported.");
            if (vision.HeadCount * vision.HeadSize != vision.Width)
                throw fields.Wrong("image_head_dim",
                    $"is {vision.HeadSize}; {vision.HeadCount} heads of it do not make the width {vision.Width}.");
            if (vision.ImageHeight % vision.PatchSide != 0 || vision.ImageWidth % vision.PatchSide != 0)
                throw fields.Wrong("image_patch_size",
                    $"is {vision.PatchSide}, which does not divide {vision.ImageHeight} x {vision.ImageWidth} pixels.");
        }

        var depth = vision.LayerCount;
        var layers = root.Integers("vit_layers", -depth, depth - 1, [-2, -9]);
        vision = vision with
        {
            TappedLayers = [.. layers.Select(layer => layer < 0 ? layer + depth : layer)],
            PoolingHeight = root.Integer("image_pooling_h", 1, 4, published.PoolingHeight),
            PoolingWidth = root.Integer("image_pooling_w", 1, 4, published.PoolingWidth),
        };
        if (vision.GridRows % vision.PoolingHeight != 0 || vision.GridColumns % vision.PoolingWidth != 0)
            throw root.Wrong("image_pooling_h", $"windows of {vision.PoolingHeight} x {vision.PoolingWidth} do not "
                + $"fill the {vision.GridRows} x {vision.GridColumns} patches.");
        root.Expect("image_pooling_2d", "attention-meanq");
        root.Expect("image_padding_embed", "pad_and_partial_pad");
        root.Expect("image_projector", "mlp");
        root.Expect("use_cls_feature", false);
        return vision;
    }
}
