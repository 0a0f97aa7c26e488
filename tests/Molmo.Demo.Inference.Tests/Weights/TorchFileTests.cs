using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Tests.Model;
using Molmo.Demo.Inference.Weights;
using Molmo.Demo.Inference.Weights.Torch;
using static Molmo.Demo.Inference.Tests.Weights.TorchBuilder;

namespace Molmo.Demo.Inference.Tests.Weights;

public sealed class TorchFileTests
{
    private static readonly float[] Twelve = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Open_StateDictionary_ReadsEveryTensor(int protocol)
    {
        float[] values = [0, -1.5f, 3.25f, 65504, -0.0009765625f, 1];
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File(WeightStore.TorchSingleFile), StateDictionary(
            protocol,
            new Stored("float", "FloatStorage", [2, 3], Bytes(values)),
            new Stored("half", "HalfStorage", [6], [.. values.SelectMany(value => BitConverter.GetBytes((Half)value))]),
            new Stored("brain", "BFloat16Storage", [3, 1, 2], [.. values.SelectMany(
                value => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)))]),
            new Stored("number", "FloatStorage", [], Bytes([7])),
            new Stored("nothing", "FloatStorage", [0, 5], []),
            new Stored("count", "LongStorage", [1], new byte[8])));
        using var store = WeightStore.Open(folder.Path);
        Assert.Equal(values, Read(store, "float", 2, 3));
        Assert.Equal(values, Read(store, "half", 6));
        Assert.Equal(
            [.. values.Select(
                value => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000))],
            Read(store, "brain", 3, 1, 2));
        Assert.Equal([7], Read(store, "number"));
        Assert.Empty(Read(store, "nothing", 0, 5));
        Assert.Contains("count: is stored as I64",
            Assert.Throws<ModelFormatException>(() => store.Root.Tensor("count", 1)).Message, StringComparison.Ordinal);
        Assert.All(store.Files[0].Tensors.Values, entry => Assert.Null(entry.Strides));
        Assert.Equal(24 + 12 + 12 + 4 + 8, store.StoredLength);
    }

    [Theory]
    [InlineData(0, new long[] { 3, 4 }, new long[] { 4, 1 }, new float[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 })]
    [InlineData(0, new long[] { 4, 3 }, new long[] { 1, 4 }, new float[] { 0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11 })]
    [InlineData(5, new long[] { 2, 3 }, new long[] { 4, 1 }, new float[] { 5, 6, 7, 9, 10, 11 })]
    [InlineData(2, new long[] { 3 }, new long[] { 1 }, new float[] { 2, 3, 4 })]
    [InlineData(1, new long[] { 6 }, new long[] { 2 }, new float[] { 1, 3, 5, 7, 9, 11 })]
    [InlineData(1, new long[] { 2, 1, 2 }, new long[] { 6, 99, 2 }, new float[] { 1, 3, 7, 9 })]
    [InlineData(3, new long[] { 2, 2 }, new long[] { 0, 1 }, new float[] { 3, 4, 3, 4 })]
    [InlineData(11, new long[] { }, new long[] { }, new float[] { 11 })]
    [InlineData(12, new long[] { 0 }, new long[] { 1 }, new float[] { })]
    public void Read_View_GathersItsElements(long offset, long[] size, long[] stride, float[] expected)
    {
        using var folder = new TemporaryFolder();
        var pickle =
            new PickleBuilder().Op("}").Text("a").Tensor("FloatStorage", "0", 12, offset, size, stride).Op("s.");
        File.WriteAllBytes(folder.File(WeightStore.TorchSingleFile), Archive(pickle.ToArray(), Bytes(Twelve)));
        using var store = WeightStore.Open(folder.Path);
        var tensor = store.Root.Tensor("a", size);
        Assert.Equal(expected, Read(store, "a", size));
        for (var start = 0; start < expected.Length; start++)
        {
            var one = new float[1];
            tensor.Read(start, one);
            Assert.Equal(expected[start], one[0]);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => tensor.Read(expected.Length, new float[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tensor.Read(-1, new float[1]));
    }

    [Fact]
    public void Open_ParametersAndSharedStorage_AreTwoViewsOfOneEntry()
    {
        using var folder = new TemporaryFolder();
        var pickle = new PickleBuilder().Op("}(")
            .Text("a").Global("torch._utils", "_rebuild_parameter").Op("(")
            .Tensor("FloatStorage", "0", 12, 0, [6], [1]).Raw(0x88).OrderedDictionary().Op("tR").Raw((byte)'q', 1)
            .Text("b").Tensor("FloatStorage", "0", 12, 6, [6], [1])
            .Text("c").Raw((byte)'h', 1).Op("u.");
        File.WriteAllBytes(folder.File(WeightStore.TorchSingleFile), Archive(pickle.ToArray(), Bytes(Twelve)));
        using var store = WeightStore.Open(folder.Path);
        Assert.Equal(Twelve[..6], Read(store, "a", 6));
        Assert.Equal(Twelve[6..], Read(store, "b", 6));
        Assert.Equal(Twelve[..6], Read(store, "c", 6));
    }

    [Fact]
    public void Open_BesideSafetensors_IsNotLookedAt()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File(WeightStore.TorchSingleFile), "no archive");
        File.WriteAllBytes(folder.File(WeightStore.SingleFile), SafetensorsBuilder.Floats(("a", [1], [1])));
        using var store = WeightStore.Open(folder.Path);
        Assert.Equal([1], Read(store, "a", 1));
    }

    [Fact]
    public void Open_Shards_FindsEachTensorInItsFile()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(
            folder.File("one.bin"), StateDictionary(2, new Stored("a", "FloatStorage", [1], Bytes([1]))));
        File.WriteAllBytes(
            folder.File("two.bin"), StateDictionary(2, new Stored("b", "FloatStorage", [1], Bytes([2]))));
        File.WriteAllText(folder.File(WeightStore.TorchIndexFile), """{"weight_map":{"a":"one.bin","b":"two.bin"}}""");
        using var store = WeightStore.Open(folder.Path);
        Assert.Equal([2], Read(store, "b", 1));
        File.WriteAllText(folder.File(WeightStore.TorchIndexFile), """{"weight_map":{"a":"../one.bin"}}""");
        Assert.Contains("not the plain name of a .bin file",
            Assert.Throws<ModelFormatException>(() => WeightStore.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ArchiveWithComment_IsFound()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.bin");
        var pickle = new PickleBuilder().Op("}.").ToArray();
        File.WriteAllBytes(path, new ZipBuilder().Add("x/data.pkl", pickle).ToArray(new string('c', 65535)));
        using var file = TorchFile.Open(path);
        Assert.Empty(file.Tensors);
    }

    /// <summary>Every golden checkpoint, converted: the same tensors, and so the same logits to the last bit.</summary>
    [Theory]
    [MemberData(nameof(GoldenSets))]
    public void Open_ConvertedGoldenCheckpoint_GivesTheSameLogits(string runnerName, string name)
    {
        AbsentData.Skip(name, "Golden checkpoints");
        var set = new GoldenModelSet(name);
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(set.Folder, ModelConfig.FileName), folder.File(ModelConfig.FileName));
        var tensors = Directory.EnumerateFiles(set.Folder, "model*.safetensors").SelectMany(ReadSafetensors).ToArray();
        File.WriteAllBytes(folder.File(WeightStore.TorchSingleFile), StateDictionary(2, tensors));

        using var expected = TestRunners.Load(runnerName, set.Folder, 64);
        using var found = TestRunners.Load(runnerName, folder.Path, 64);
        // The shortest prompt is enough: it is the weights that are compared.
        var golden = set.CaseNames().Select(set.Case).MinBy(item => item.InputIds.Length)!;
        var driver = new RunnerDriver(found);
        var sequence = driver.Begin(golden.Prompt);
        var reference = new RunnerDriver(expected);
        Assert.Equal(reference.Forward(reference.Begin(golden.Prompt)), driver.Forward(driver.Begin(golden.Prompt)));
        foreach (var token in golden.GreedyTokens)
        {
            Assert.Equal(token, RunnerDriver.Likeliest(driver.Forward(sequence)));
            sequence.Append(token);
        }
    }

    public static TheoryData<string, string> GoldenSets()
    {
        var data = new TheoryData<string, string>();
        foreach (var runner in TestRunners.Kinds)
            foreach (var name in GoldenModelSet.Names()) data.Add(runner, name);
        return data.OrAbsent();
    }

    [Fact]
    public void Revision_OtherContent_IsAnother()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File(WeightStore.TorchSingleFile),
            StateDictionary(2, new Stored("a", "FloatStorage", [2], Bytes([1, 2]))));
        var first = Revision();
        Assert.Equal(first, Revision());
        File.WriteAllBytes(folder.File(WeightStore.TorchSingleFile),
            StateDictionary(2, new Stored("a", "FloatStorage", [2], Bytes([1, 3]))));
        Assert.NotEqual(first, Revision());

        string Revision()
        {
            using var store = WeightStore.Open(folder.Path);
            return CheckpointIdentity.RevisionOf(folder.Path, store);
        }
    }

    private static float[] Read(WeightStore store, string name, params long[] shape)
    {
        var values = new float[new Shape(shape).ElementCount];
        store.Root.Tensor(name, shape).Read(0, values);
        return values;
    }

    private static byte[] Bytes(float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
}
