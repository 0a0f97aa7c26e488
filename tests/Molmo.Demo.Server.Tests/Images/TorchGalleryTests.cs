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
    public async Task Gallery_ThroughLibTorch_GivesTheManagedEnginesText()
    {
        var torch = new MolmoOptions
        {
            Device = "torch-cpu",
            LibTorch = TestData.Require(TestData.LibTorch, "Libraries of libtorch"),
            Weights = WeightSetting.Float32
        };
        var managed = torch with { Device = "cpu" };
        var margin = float.PositiveInfinity;
        var watched = new WatchedLoading(
            new ManagedLoading(managed), passed: (_, logits) => margin = Math.Min(margin, Margin(logits)));
        await using var expected = Load(managed, watched);
        await using var model = Load(torch, ModelLoading.For(torch));
        Assert.Matches(@"^CPU, libtorch 2\.\d+\.\d+, \d+ threads?$", Words.Of(model.Device));
        Assert.Equal("float32", model.Precision);

        var compared = 0;
        foreach (var scene in SampleGallery.Questions)
        {
            margin = float.PositiveInfinity;
            var text = await AskAsync(expected, scene);
            var least = margin;
            if (least <= Noise)
            {
                TestContext.Current.SendDiagnosticMessage(
                    $"{scene.File} is left out: two tokens are {least:0.0e0} apart.");
                continue;
            }
            Assert.Equal(text, await AskAsync(model, scene));
            compared++;
        }
        Assert.True(
            compared >= SampleGallery.Questions.Length - 1, $"Only {compared} answers were clear enough to compare.");
    }

    private static LoadedModel Load(MolmoOptions options, IModelLoading loading)
        => ModelLoader.Load(
            ModelLoader.Open(TestData.TinyModel, options), options, loading, progress: null, note: null, Cancel);

    private static async Task<string> AskAsync(LoadedModel model, SampleScene scene)
    {
        var image = await ImageFile.LoadAsync(Path.Combine(TestData.Samples, scene.File), Cancel);
        var prompt = model.Prompts.Build([], scene.Question, model.Preprocessor.Process(image, ct: Cancel));
        var text = "";
        await foreach (var update in model.Engine.GenerateAsync(
            new GenerationRequest(prompt, SamplingOptions.Greedy, model.EndTokenIds, 512), Cancel))
            text += update.Text;
        return text;
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
