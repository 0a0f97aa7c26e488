using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Server.Commands;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Tests.Engines;

namespace Molmo.Demo.Server.Tests.Images;

/// <summary>The gallery's questions answered through libtorch on the processor, beside the managed engine.</summary>
public sealed class TorchGalleryTests
{
    /// <summary>Differences of the two largest logits below this may be rounding.</summary>
    private const float Noise = 1e-3f;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Slow]
    [Fact]
    public async Task Gallery_ThroughLibTorch_GivesTheManagedEnginesTokens()
    {
        var torch = new MolmoOptions
        {
            Device = "torch-cpu",
            LibTorch = TestData.Require(TestData.LibTorch, "Libraries of libtorch"),
            Weights = WeightSetting.Float32
        };
        var managed = torch with { Device = "cpu" };
        var margins = new List<float>();
        var watched = new WatchedLoading(
            new ManagedLoading(managed), passed: (_, logits) => margins.Add(Margin(logits)));
        await using var expected = Load(managed, watched);
        await using var model = Load(torch, ModelLoading.For(torch));
        Assert.Matches(@"^CPU, libtorch 2\.\d+\.\d+, \d+ threads?$", Words.Of(model.Device));
        Assert.Equal("float32", model.Precision);

        var (agreed, written) = (0, 0);
        foreach (var scene in SampleGallery.Questions)
        {
            margins.Clear();
            var tokens = await AskAsync(expected, scene);
            var found = await AskAsync(model, scene);
            var same = tokens.Zip(found).TakeWhile(pair => pair.First == pair.Second).Count();
            // Which of two places a tenth of a percent apart is the likelier may be rounding; so may all that follows.
            if (same < Math.Max(tokens.Length, found.Length))
                Assert.True(margins[same] <= Noise, $"{scene.File}: token {same} differs and was clear.");
            (agreed, written) = (agreed + same, written + tokens.Length);
        }
        Assert.True(
            agreed > 0.8 * written, $"Only {agreed} of {written} tokens are the same before rounding parts them.");
    }

    private static LoadedModel Load(MolmoOptions options, IModelLoading loading)
        => ModelLoader.Load(
            ModelLoader.Open(TestData.TinyModel, options), options, loading, progress: null, note: null, Cancel);

    private static async Task<int[]> AskAsync(LoadedModel model, SampleScene scene)
    {
        var image = await ImageFile.LoadAsync(Path.Combine(TestData.Samples, scene.File), Cancel);
        var prompt = model.Prompts.Build([], scene.Question, model.Preprocessor.Process(image, ct: Cancel));
        var tokens = new List<int>();
        await foreach (var update in model.Engine.GenerateAsync(
            new GenerationRequest(prompt, SamplingOptions.Greedy, model.EndTokenIds, 512), Cancel))
            if (update.TokenId is { } token) tokens.Add(token);
        return [.. tokens];
    }

    private static float Margin(ReadOnlySpan<float> logits)
    {
        var (largest, next) = (float.NegativeInfinity, float.NegativeInfinity);
        foreach (var logit in logits)
        {
            if (logit > largest) (largest, next) = (logit, largest);
            else next = Math.Max(next, logit);
        }
        return largest - next;
    }
}
