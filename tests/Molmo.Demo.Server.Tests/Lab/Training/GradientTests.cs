using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Torch;
using Molmo.Demo.Lab.Training;
using static TorchSharp.torch;

namespace Molmo.Demo.Server.Tests.Lab.Training;

/// <summary>Gradients of the whole network beside differences of its loss, in float64.</summary>
[Collection(TrainingData.OneAtATime)]
public sealed class GradientTests
{
    private const double Step = 1e-5;

    /// <summary>Numbers looked at of each parameter.</summary>
    private const int Samples = 3;

    [Theory]
    [InlineData("qwen2")]
    [InlineData("olmo")]
    [InlineData("olmoe")]
    public void Backward_OfEveryParameter_IsTheDifferenceOfTheLoss(string family)
    {
        using var model = Model(family, ScalarType.Float64);
        using var scope = NewDisposeScope();
        using var batch = TrainingBatch.Of([TrainingData.Item(TrainingData.Dogs, maxCrops: 2)], model.Format);
        Loss(model, batch).backward();
        var random = new Random(7);
        foreach (var (name, parameter) in Parameters(model))
        {
            using var inner = NewDisposeScope();
            using var noGradient = no_grad();
            var flat = parameter.view(-1);
            for (var i = 0; i < Samples; i++)
            {
                // Of a table those rows that took part: elsewhere both are zero, which shows nothing.
                var at = Place(parameter.grad!, random);
                var gradient = parameter.grad!.view(-1)[at].item<double>();
                var value = flat[at].item<double>();
                flat[at] = tensor(value + Step, ScalarType.Float64);
                var above = Loss(model, batch).item<double>();
                flat[at] = tensor(value - Step, ScalarType.Float64);
                var below = Loss(model, batch).item<double>();
                flat[at] = tensor(value, ScalarType.Float64);
                var difference = (above - below) / (2 * Step);
                Assert.True(
                    Math.Abs(difference - gradient) <= 1e-8 + (1e-5 * Math.Abs(gradient)),
                    $"{family} {name}[{at}]: gradient {gradient:G9}, difference {difference:G9}.");
            }
        }
    }

    [Theory]
    [InlineData("qwen2")]
    [InlineData("olmo")]
    [InlineData("olmoe")]
    public void Backward_InFloat32_IsNearThatOfFloat64(string family)
    {
        using var exact = Model(family, ScalarType.Float64);
        using var single = Model(family, ScalarType.Float32);
        using var scope = NewDisposeScope();
        foreach (var model in (TrainedModel[])[exact, single])
        {
            using var batch = TrainingBatch.Of([TrainingData.Item(TrainingData.Dogs, maxCrops: 2)], model.Format);
            Loss(model, batch).backward();
        }

        foreach (var ((name, expected), (_, found)) in Parameters(exact).Zip(Parameters(single)))
        {
            var wide = found.grad!.to(ScalarType.Float64);
            var distance = (wide - expected.grad!).norm().item<double>();
            var size = expected.grad!.norm().item<double>();
            Assert.True(distance <= 1e-7 + (2e-4 * size), $"{family} {name}: {distance:G3} beside {size:G3}.");
        }
    }

    /// <summary>A network of the family's kind for the tests' pictures and the embedded model's vocabulary.</summary>
    internal static TrainedModel Model(string family, ScalarType type)
    {
        var embedded = ModelConfig.Load(TestData.TinyModel);
        var config = ModelConfig.Load(Path.Combine(TestData.Repository, "tests", "Golden", "model", family)) with
        {
            VocabularySize = embedded.VocabularySize,
            EmbeddingSize = embedded.EmbeddingSize,
            AdditionalVocabularySize = 128,
            Vision = embedded.Vision with
            {
                ImageHeight = TrainingData.Preprocessing.BaseSize,
                ImageWidth = TrainingData.Preprocessing.BaseSize,
                PositionCount = 65,
                LayerCount = 2,
                TappedLayers = [1, 0],
                Width = 16,
                HeadSize = 4,
                FeedForwardSize = 24
            },
        };
        return new TrainedModel(
            config, TrainingData.Labels.Count, new TensorFormat(CPU, type),
            network => InitialWeights.Fill(network, config, seed: 5), headSeed: 6);
    }

    internal static Tensor Loss(TrainedModel model, TrainingBatch batch)
        => model.Loss(batch, TrainingData.Stage, batch.WeightSum, 1).Loss;

    private static IEnumerable<(string Name, TorchSharp.Modules.Parameter Value)> Parameters(TrainedModel model)
        => model.Network.named_parameters()
            .Concat(model.PatchHead.named_parameters()).Concat(model.WindowHead.named_parameters())
            .Select(pair =>
            {
                Assert.True(pair.parameter.grad is not null, $"{pair.name} has no gradient.");
                return (pair.name, pair.parameter);
            });

    private static long Place(Tensor gradient, Random random)
    {
        using var places = gradient.view(-1).abs().gt(1e-9).nonzero().squeeze(1);
        Assert.True(places.numel() > 0, "A parameter takes no part in the loss.");
        return places[random.NextInt64(places.numel())].item<long>();
    }
}
