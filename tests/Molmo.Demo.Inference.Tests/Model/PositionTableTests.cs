using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Tests.Preprocessing;
using Molmo.Demo.Inference.Torch;
using Molmo.Demo.Inference.Torch.Native;
using TorchSharp;

namespace Molmo.Demo.Inference.Tests.Model;

/// <summary>The resized position tables of <c>Golden/model/posemb_interp</c>.</summary>
public sealed class PositionTableTests
{
    private const double Tolerance = 1e-4;

    private static string Folder => Path.Combine(GoldenModelSet.Root, "posemb_interp");

    public static TheoryData<string> CaseNames()
    {
        var cases = Path.Combine(Folder, "cases.json");
        TheoryData<string> data =
            File.Exists(cases) ? [.. Cases().Select(item => item.GetProperty("name").GetString()!)] : [];
        return data.OrAbsent();
    }

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void Fit_GoldenGrid_GivesTheReferenceTable(string name)
    {
        AbsentData.Skip(name, "Resized position tables");
        var item = Cases().First(item => item.GetProperty("name").GetString() == name);
        var (grid, width, target) =
            (item.GetProperty("grid").GetInt32(), item.GetProperty("dim").GetInt32(), item.GetProperty("target"));
        var tensors = new GoldenTensors(Path.Combine(Folder, "cases.safetensors"));
        using var table = new Tensors.Tensor(1 + (grid * grid), width);
        tensors.Read<float>($"{name}.in").CopyTo(table.Span);
        using var fitted = PositionTable.Fit(table, target[0].GetInt32(), target[1].GetInt32());
        var expected = tensors.Read<float>($"{name}.out");
        Closeness.Check(name, expected, fitted.Span, Closeness.Scaled(Tolerance, expected));
    }

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void FitPositions_GoldenGrid_GivesTheReferenceTable(string name)
    {
        AbsentData.Skip(name, "Resized position tables");
        LibTorch.Load(TestData.LibTorch);
        var item = Cases().First(item => item.GetProperty("name").GetString() == name);
        var (grid, width, target) =
            (item.GetProperty("grid").GetInt32(), item.GetProperty("dim").GetInt32(), item.GetProperty("target"));
        var tensors = new GoldenTensors(Path.Combine(Folder, "cases.safetensors"));
        var config = new VisionConfig
        {
            ImageHeight = 14 * target[0].GetInt32(),
            ImageWidth = 14 * target[1].GetInt32(),
            PositionCount = 1 + (grid * grid),
            Width = width,
            HeadCount = 1,
            HeadSize = width,
            FeedForwardSize = width,
            LayerCount = 1,
            TappedLayers = [0],
        };
        using var scope = torch.NewDisposeScope();
        using var transformer = new Inference.Torch.Modules.VisionTransformer(
            config, new TensorFormat(torch.CPU, torch.ScalarType.Float32), "image_vit");
        var table = transformer.Weights()
            .Single(part => part.Name.EndsWith(".positional_embedding", StringComparison.Ordinal)).Target;
        using (torch.no_grad()) table.copy_(torch.tensor(tensors.Read<float>($"{name}.in"), table.shape));
        transformer.FitPositions();
        var expected = tensors.Read<float>($"{name}.out");
        Closeness.Check(name, expected, transformer.Positions.Read(), Closeness.Scaled(Tolerance, expected));
    }

    private static JsonElement.ArrayEnumerator Cases()
        => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "cases.json"))).RootElement
            .GetProperty("cases").EnumerateArray();
}
