using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Kernels;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Tests.Model;
using Molmo.Demo.Inference.Torch;
using Molmo.Demo.Inference.Torch.Modules;
using Molmo.Demo.Inference.Torch.Native;
using Molmo.Demo.Inference.Weights;
using static TorchSharp.torch;
using MixtureOfExperts = Molmo.Demo.Inference.Torch.Modules.MixtureOfExperts;

namespace Molmo.Demo.Inference.Tests.Torch;

/// <summary>The modules by themselves: their weights' names, and that they can be trained.</summary>
public sealed class TorchModulesTests
{
    public TorchModulesTests() => LibTorch.Load(TestData.LibTorch);

    public static TheoryData<string> Sets => new TheoryData<string>(GoldenModelSet.Names()).OrAbsent();

    [Theory]
    [MemberData(nameof(Sets))]
    public void Weights_OfANetwork_AreTheManifest(string setName)
    {
        AbsentData.Skip(setName, "Golden checkpoints");
        var config = ModelConfig.Load(new GoldenModelSet(setName).Folder);
        using var model = new MolmoModel(config, new TensorFormat(CPU, ScalarType.Float32));
        var found = new Dictionary<string, string>();
        foreach (var (name, target) in model.Weights())
            using (target) found.Add(name, new Tensors.Shape(target.shape).ToString());
        Assert.Equal(
            WeightManifest.Of(config)
                .ToDictionary(spec => spec.Name, spec => new Tensors.Shape(spec.Dimensions).ToString())
                .OrderBy(pair => pair.Key),
            found.OrderBy(pair => pair.Key));
        // Every number of every parameter has a place in a file.
        Assert.Equal(WeightManifest.CountOf(config), model.parameters().Sum(parameter => parameter.numel()));
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Backward_WholeSequences_ReachesEveryParameterThatTakesPart(string setName)
    {
        AbsentData.Skip(setName, "Golden checkpoints");
        var set = new GoldenModelSet(setName);
        var config = ModelConfig.Load(set.Folder);
        var prompt =
            set.CaseNames().Select(set.Case).Select(item => item.Prompt).First(prompt => prompt.Image is not null);
        var format = new TensorFormat(CPU, ScalarType.Float32);
        using var scope = NewDisposeScope();
        using var model = new MolmoModel(config, format);
        using (var weights = WeightStore.Open(set.Folder))
            WeightReader.Read(model, weights, null, TestContext.Current.CancellationToken);
        foreach (var parameter in model.parameters()) parameter.requires_grad = true;

        var features = model.Encode(prompt.Image!, TestContext.Current.CancellationToken);
        var plan = new ForwardPlan();
        plan.Build(new Batch(Phase.Prefill, [Whole(prompt)]), config.MaxPositions, 1 << 10);
        var step = StepPlan.Create(plan, format, model.Decoder.Positions);
        var x = model.Decoder.Embed(step) + features.mean();
        var logits = model.Decoder.Logits(
            model.Decoder.Forward(x, step, memory: null, lastRowsOnly: false, TestContext.Current.CancellationToken));
        nn.functional.cross_entropy(logits.narrow(0, 0, logits.shape[0] - 1),
            step.TokenIds.narrow(0, 1, logits.shape[0] - 1).clamp(max: config.EmbeddingSize - 1))
            .backward();

        var untouched = model.named_parameters()
            .Where(pair => pair.parameter.grad is null || pair.parameter.grad.abs().sum().item<float>() == 0)
            .Select(pair => pair.name);
        // Behind the last tapped layer nothing of the vision transformer is used.
        Assert.All(untouched, name => Assert.StartsWith(
            $"image_vit.resblocks.{config.Vision.TappedLayers.Max() + 1}", name, StringComparison.Ordinal));
    }

    [Fact]
    public unsafe void Rotary_EveryPosition_HasTheManagedAngles()
    {
        var config = ModelConfig.Load(TestData.TinyModel) with { MaxPositions = 4096, RopeTheta = 1e6f };
        using var scope = NewDisposeScope();
        using var rotary = new RotaryEmbedding(config, new TensorFormat(CPU, ScalarType.Float32));
        using var table = new RopeTable(config.MaxPositions, config.HeadSize, config.RopeTheta);
        var (cos, sin) = rotary.At(rotary.Positions.flatten());
        Assert.True(new ReadOnlySpan<float>(table.Cosines, config.MaxPositions * table.Half).SequenceEqual(cos.Read()),
            "Cosines differ.");
        Assert.True(new ReadOnlySpan<float>(table.Sines, config.MaxPositions * table.Half).SequenceEqual(sin.Read()),
            "Sines differ.");
    }

    [Fact]
    public void Mixture_GatheredAndGrouped_GiveTheSame()
    {
        var config = ModelConfig.Load(new GoldenModelSet("olmoe", GoldenModelSet.OwnRoot).Folder);
        using var scope = NewDisposeScope();
        using var mixture = new MixtureOfExperts(config, new TensorFormat(CPU, ScalarType.Float32), "mlp", "block0");
        manual_seed(3);
        foreach (var parameter in mixture.parameters()) nn.init.normal_(parameter, 0, 0.3);
        var x = randn(5, config.HiddenSize);
        mixture.GathersUpTo = 0;
        var grouped = mixture.forward(x);
        mixture.GathersUpTo = 5;
        var gathered = mixture.forward(x);
        Assert.True(grouped.abs().sum().item<float>() > 1, "Nothing was computed: the test tests nothing.");
        Closeness.Check("mixture", grouped.Read(), gathered.Read(), 1e-5);
    }

    private static Sequence Whole(Prompt prompt)
    {
        var sequence = new Sequence(prompt with { Image = null });
        for (var block = 0; block * ManagedModelRunner.PositionsPerBlock < prompt.TokenIds.Length; block++)
            sequence.AddBlock(block);
        return sequence;
    }
}
