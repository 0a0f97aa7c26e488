using Molmo.Demo.Inference.Weights;
using static Molmo.Demo.Inference.Tests.Weights.SafetensorsBuilder;

namespace Molmo.Demo.Inference.Tests.Weights;

public sealed class WeightStoreTests
{
    [Fact]
    public void Open_SingleFile_ReadsTensorsByPath()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File(WeightStore.SingleFile),
            Floats(("model.a.weight", [2, 2], [1, 2, 3, 4]), ("model.b", [1], [5])));
        using var store = WeightStore.Open(folder.Path);
        var values = new float[2];
        store.Root.Scope("model").Scope("a").Tensor("weight", 2, 2).Read(1, values);
        Assert.Equal([2, 3], values);
        Assert.True(store.Root.Has("model.b"));
        Assert.False(store.Root.Scope("model").Has("c"));
        Assert.Equal(20, store.StoredLength);
    }

    [Fact]
    public void Release_WhatWasRead_CanBeReadAgain()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File(WeightStore.SingleFile), Floats(("a", [2], [1, 2])));
        var store = WeightStore.Open(folder.Path);
        var tensor = store.Root.Tensor("a", 2);
        var values = new float[2];
        for (var i = 0; i < 3; i++)
        {
            store.Release();
            tensor.Read(0, values);
            Assert.Equal([1, 2], values);
        }

        store.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tensor.Read(0, values));
    }

    [Fact]
    public void Tensor_EachStoredType_ReadsAsFloat32()
    {
        float[] values = [0, -1.5f, 3.25f, 65504, -0.0009765625f, 1];
        var halves = values.SelectMany(value => BitConverter.GetBytes((Half)value)).ToArray();
        var brains =
            values.SelectMany(value => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)))
                .ToArray();
        var floats = values.SelectMany(BitConverter.GetBytes).ToArray();
        // One byte in front puts every tensor at an odd address.
        var header = $"{{{Entry("odd", "U8", "[1]", "[0,1]")},{Entry("half", "F16", "[6]", "[1,13]")},"
            + $"{Entry("brain", "BF16", "[6]", "[13,25]")},{Entry("float", "F32", "[6]", "[25,49]")}}}";
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File(WeightStore.SingleFile),
            Make(Encoding.UTF8.GetBytes(header), [7, .. halves, .. brains, .. floats]));
        using var store = WeightStore.Open(folder.Path);
        foreach (var name in (string[])["half", "float"]) Assert.Equal(values, Read(store, name));
        Assert.Equal(
            [.. values.Select(
                value => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000))],
            Read(store, "brain"));

        static float[] Read(WeightStore store, string name)
        {
            var values = new float[6];
            store.Root.Tensor(name, 6).Read(0, values);
            return values;
        }
    }

    [Fact]
    public void Tensor_MissingMisshapenOrOfAnotherType_NamesFileTensorAndShape()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File(WeightStore.SingleFile);
        File.WriteAllBytes(
            path, Make($"{{{Entry("a", "F32", "[2,3]", "[0,24]")},{Entry("n", "I32", "[1]", "[24,28]")}}}", 28));
        using var store = WeightStore.Open(folder.Path);
        Assert.Equal($"{path}: a: expected [3, 2], found [2, 3].", Refusal(() => store.Root.Tensor("a", 3, 2)));
        Assert.Equal($"{path}: b: is missing; expected [4].", Refusal(() => store.Root.Tensor("b", 4)));
        Assert.Contains("n: is stored as I32", Refusal(() => store.Root.Tensor("n", 1)), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_Shards_FindsEachTensorInItsFile()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("one.safetensors"), Floats(("a", [1], [1])));
        File.WriteAllBytes(folder.File("two.safetensors"), Floats(("b", [1], [2])));
        WriteIndex(
            folder, """{"metadata":{"total_size":8},"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}""");
        using var store = WeightStore.Open(folder.Path);
        var value = new float[1];
        store.Root.Tensor("b", 1).Read(0, value);
        Assert.Equal(2, value[0]);
        Assert.Equal(2, store.Files.Count);
    }

    [Theory]
    [InlineData(
        """{"weight_map":{"a":"one.safetensors","b":"three.safetensors"}}""",
        "three.safetensors: is named as a shard, but the file is missing")]
    [InlineData("""{"weight_map":{"a":"../one.safetensors"}}""", "not the plain name")]
    [InlineData("""{"weight_map":{"a":"/etc/one.safetensors"}}""", "not the plain name")]
    [InlineData("""{"weight_map":{"a":"..\\one.safetensors"}}""", "not the plain name")]
    [InlineData("""{"weight_map":{"a":".safetensors"}}""", "not the plain name")]
    [InlineData("""{"weight_map":{"a":"one.bin"}}""", "not the plain name")]
    [InlineData("""{"weight_map":{"a":""}}""", "not the plain name")]
    [InlineData("""{"weight_map":{"a":3}}""", "a: is not placed in a file")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","a":"one.safetensors"}}""", "a: appears twice")]
    [InlineData("""{"weight_map":{"b":"one.safetensors"}}""", "b: is missing, although")]
    [InlineData("""{"weight_map":{}}""", "weight_map: is empty")]
    [InlineData("""{"weight_map":[]}""", "weight_map: is missing or not an object")]
    [InlineData("""{}""", "weight_map: is missing or not an object")]
    [InlineData("""[]""", "weight_map: is missing or not an object")]
    [InlineData("""{"weight_map":{"\ud800":"one.safetensors"}}""", "not valid Unicode")]
    [InlineData("""{"weight_map":""", "not valid JSON")]
    public void Open_BrokenIndex_SaysWhatIsWrong(string index, string sentence)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("one.safetensors"), Floats(("a", [1], [1])));
        WriteIndex(folder, index);
        Assert.Contains(sentence, Refusal(() => WeightStore.Open(folder.Path)), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoWeights_SaysWhichFilesAreLookedFor()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("neither model.safetensors nor model.safetensors.index.json",
            Refusal(() => WeightStore.Open(folder.Path)), StringComparison.Ordinal);
        File.WriteAllText(folder.File("pytorch_model.bin"), "pickle");
        Assert.Contains("pytorch_model.bin: this is not an archive of torch",
            Refusal(() => WeightStore.Open(folder.Path)), StringComparison.Ordinal);
    }

    private static void WriteIndex(TemporaryFolder folder, string json)
        => File.WriteAllText(folder.File(WeightStore.IndexFile), json);

    private static string Refusal(Func<object> action) => Assert.Throws<ModelFormatException>(action).Message;
}
