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

        var (compared, written) = (0, 0);
        foreach (var scene in SampleGallery.Questions)
        {
            margins.Clear();
            var tokens = await AskAsync(expected, scene);
            var found = await AskAsync(model, scene);
            // Which of two places a tenth of a percent apart is the likelier may be rounding; so may all that follows.
            var clear = margins.FindIndex(margin => margin <= Noise) is >= 0 and var first ? first : tokens.Length;
            if (clear < tokens.Length) Assert.Equal(tokens[..clear], found.Take(clear));
            else Assert.Equal(tokens, found);
            (compared, written) = (compared + clear, written + tokens.Length);
        }
        Assert.True(compared > 0.7 * written, $"Only {compared} of {written} tokens were clear enough to compare.");
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
