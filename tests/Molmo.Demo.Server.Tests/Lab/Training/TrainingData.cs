using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Tokenization;
using Molmo.Demo.Inference.Torch.Native;
using Molmo.Demo.Lab.Data;
using Molmo.Demo.Lab.Training;

namespace Molmo.Demo.Server.Tests.Lab.Training;

/// <summary>A small picture with annotations, as the embedded model's files take it.</summary>
internal static class TrainingData
{
    /// <summary>libtorch draws random numbers from one state a process, which training sets.</summary>
    public const string OneAtATime = "training";

    public static readonly IReadOnlyDictionary<string, int> Labels = new Dictionary<string, int>
    {
        ["dogs"] = 1,
        ["cats"] = 2,
    };

    static TrainingData() => LibTorch.Load(TestData.LibTorch);

    public static TrainingStage Stage { get; } = new("test", 1, [new DataPart("scenes")])
    {
        PatchWeight = 0.5,
        WindowWeight = 0.5,
    };

    public static PreprocessorConfig Preprocessing { get; } = new()
    {
        BaseSize = 112,
        MarginBefore = 2,
        MarginAfter = 2,
        MaxCrops = 1,
        TokenSide = 4,
    };

    public static BpeTokenizer Tokenizer { get; } =
        BpeTokenizer.Load(Path.Combine(TestData.TinyModel, "tokenizer.json"));

    public static SpecialTokens Special { get; } = SpecialTokens.Find(Tokenizer, "tokenizer.json");

    /// <summary>Three annotations of one picture that has two dogs.</summary>
    public static Example Dogs { get; } = new(
        Picture(160, 120),
        [
            new Annotation(Styles.Pointing, "Point to the dogs.", PointText.Markup("dogs", [(20, 30), (70, 60)])),
            new Annotation(Styles.PointCount, "How many cats are there?", PointText.None),
            new Annotation(Styles.UserQuestion, "What is this?", "Two dogs."),
        ])
    {
        Objects = [new SceneObject("dogs", 20, 30, 25, 30), new SceneObject("dogs", 70, 60, 30, 40)],
    };

    public static TrainingItem Item(Example example, TrainingStage? stage = null, int? maxCrops = null)
    {
        var image = example.Picture is { } picture
            ? new MultiCropPreprocessor(Preprocessing, Special).Process(picture, maxCrops)
            : null;
        var packer = new SequencePacker(Tokenizer, Special, stage ?? Stage);
        return new TrainingItem(
            image, packer.Pack(example.Annotations, image?.ImageTokenIds ?? [], new Random(4)),
            image is null ? null : PatchTargets.Of(example, Preprocessing, Labels));
    }

    private static RgbImage Picture(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        new Random(3).NextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }
}
