using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;
using static Molmo.Demo.Inference.Tests.Weights.SafetensorsBuilder;

namespace Molmo.Demo.Inference.Tests.Weights;

public sealed class SafetensorsFileTests
{
    /// <summary>Far above what refusing a small file takes, far below what believing its numbers would.</summary>
    private const long MostAllocated = 4_000_000;

    private static string Table => Path.Combine(TestData.Hostile, "safetensors.json");

    public static TheoryData<string, string> HostileFiles()
    {
        var data = new TheoryData<string, string>();
        if (!File.Exists(Table)) return data.OrAbsent();
        foreach (var row in JsonDocument.Parse(File.ReadAllBytes(Table)).RootElement.EnumerateArray())
            data.Add(row.GetProperty("file").GetString()!, row.GetProperty("class").GetString()!);
        return data.OrAbsent();
    }

    /// <summary>Broken files with a piece of the sentence that refuses them.</summary>
    public static TheoryData<string, byte[], string> BrokenFiles()
    {
        var one = Entry("a", "F32", "[2]", "[0,8]");
        var deep = string.Concat(Enumerable.Repeat("[", 20_000));
        return new TheoryData<string, byte[], string>
        {
            { "empty", [], "0 bytes, fewer than the 8" },
            { "seven bytes", new byte[7], "7 bytes, fewer than the 8" },
            { "header length 0", Make(0, [], new byte[8]), "header length is 0" },
            { "header length 2^63", Make(1UL << 63, "{}"u8.ToArray(), []), "header length is 9223372036854775808" },
            { "header length 2^64-1", Make(ulong.MaxValue, "{}"u8.ToArray(), []),
                "header length is 18446744073709551615" },
            { "header length past the end", Make(50, "{}"u8.ToArray(), []), "only 2 follow" },
            { "header over 100 MB", Make(100_000_001, "{}"u8.ToArray(), []), "above the limit of 100000000" },
            { "not JSON", Make("{nonsense", 0), "not valid JSON" },
            { "cut JSON", Make("{\"a\":{\"dtype\":\"F32\"", 0), "not valid JSON" },
            { "two values", Make($"{{{one}}} 1", 8), "not valid JSON" },
            { "array", Make("[]", 0), "begin with '{'" },
            { "leading space", Make(" {}", 0), "begin with '{'" },
            { "invalid UTF-8", Make([.. "{\""u8, 0xC3, 0x28, .. "\":{}}"u8], []), "not valid Unicode" },
            { "lone surrogate", Make("{\"\\ud800\":{}}", 0), "not valid Unicode" },
            { "deep value", Make($"{{\"a\":{deep}", 0), "a: is not described by an object" },
            { "deep unknown field", Make($"{{\"a\":{{\"x\":{deep}", 0), "not valid JSON" },
            { "duplicate tensor", Make($"{{{one},{one}}}", 8), "a: appears twice" },
            { "duplicate field",
                Make("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8),
                "a: has dtype twice" },
            { "overlap", Make($"{{{one},{Entry("b", "F32", "[2]", "[4,12]")}}}", 12),
                "b: begins at byte 4 of the data, inside a" },
            { "same range twice", Make($"{{{one},{Entry("b", "F32", "[2]", "[0,8]")}}}", 8),
                "begins at byte 0 of the data, inside" },
            { "gap", Make($"{{{one},{Entry("b", "F32", "[1]", "[12,16]")}}}", 16), "belong to no tensor" },
            { "gap at the start", Make($"{{{Entry("a", "F32", "[1]", "[4,8]")}}}", 8), "the header ends at 0" },
            { "trailing bytes", Make($"{{{one}}}", 9), "1 bytes after a belong to no tensor" },
            { "data without tensors", Make("{}", 4), "4 bytes after the header belong to no tensor" },
            { "begin after end", Make($"{{{Entry("a", "F32", "[2]", "[8,0]")}}}", 8), "after its end" },
            { "negative offset", Make($"{{{Entry("a", "F32", "[2]", "[-8,0]")}}}", 8), "whole numbers" },
            { "fractional offset", Make($"{{{Entry("a", "F32", "[2]", "[0.5,8.5]")}}}", 8), "whole numbers" },
            { "wrapping offset", Make($"{{{Entry("a", "F32", "[2]", "[18446744073709551608,0]")}}}", 8),
                "whole numbers" },
            { "far offset",
                Make($"{{{one},{Entry("b", "U8", "[9223372036854775799]", "[8,9223372036854775807]")}}}", 8),
                "cut short" },
            { "one offset", Make($"{{{Entry("a", "F32", "[2]", "[8]")}}}", 8), "1 data_offsets, not 2" },
            { "three offsets", Make($"{{{Entry("a", "F32", "[2]", "[0,4,8]")}}}", 8), "more than 2 numbers" },
            { "negative dimension", Make($"{{{Entry("a", "F32", "[-2]", "[0,8]")}}}", 8), "whole numbers" },
            { "product wraps to 0", Make($"{{{Entry("a", "F32", "[4294967296,4294967296]", "[0,0]")}}}", 0),
                "does not fit in 63 bits" },
            { "bytes wrap to 0", Make($"{{{Entry("a", "F32", "[4611686018427387904]", "[0,0]")}}}", 0),
                "does not fit in 63 bits" },
            { "size against shape", Make($"{{{Entry("a", "F32", "[3]", "[0,8]")}}}", 8),
                "has 8 bytes, but F32 [3] takes 12" },
            { "unknown type", Make($"{{{Entry("a", "F31", "[2]", "[0,8]")}}}", 8), "unknown dtype 'F31'" },
            { "type of a number", Make("{\"a\":{\"dtype\":4,\"shape\":[2],\"data_offsets\":[0,8]}}", 8),
                "dtype that is not text" },
            { "rank 5000",
                Make($"{{{Entry("a", "F32", $"[{string.Join(',', Enumerable.Repeat("1", 5000))}]", "[0,4]")}}}", 4),
                "more than 8 numbers in shape" },
            { "no elements with bytes", Make($"{{{Entry("a", "F32", "[0]", "[0,4]")}}}", 4),
                "has 4 bytes, but F32 [0] takes 0" },
            { "data cut off", Make($"{{{one}}}", 7), "cut short" },
            { "no dtype", Make("{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", 8), "a: has no dtype" },
            { "no shape", Make("{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", 8), "a: has no shape" },
            { "no offsets", Make("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8), "a: has no data_offsets" },
            { "tensor of a number", Make("{\"a\":3}", 0), "a: is not described by an object" },
            { "metadata of a list", Make("{\"__metadata__\":[]}", 0), "names with text values" },
            { "metadata of numbers", Make("{\"__metadata__\":{\"a\":1}}", 0), "names with text values" },
            { "metadata twice", Make("{\"__metadata__\":{},\"__metadata__\":{}}", 0), "appears twice" },
        };
    }

    [Theory]
    [MemberData(nameof(HostileFiles))]
    public void Open_HostileFile_LoadsOrRefusesAsStated(string file, string expected)
    {
        AbsentData.Skip(file, "Hostile weight files");
        var path = Path.Combine(TestData.Hostile, file);
        if (expected == "load")
        {
            using var opened = SafetensorsFile.Open(path);
            foreach (var entry in opened.Tensors.Values)
                Assert.Equal(entry.Length, opened.Bytes(entry, 0, (int)entry.Length).Length);
            return;
        }

        AssertRefused(path);
    }

    [Theory]
    [MemberData(nameof(BrokenFiles))]
    public void Open_BrokenFile_NamesTheRule(string what, byte[] content, string sentence)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("weights.safetensors");
        File.WriteAllBytes(path, content);
        var refusal = AssertRefused(path);
        Assert.True(refusal.Message.Contains(sentence, StringComparison.Ordinal), $"{what}: {refusal.Message}");
    }

    [Fact]
    public void Open_HugeSparseFileWithSmallHeader_AllocatesLittle()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("weights.safetensors");
        File.WriteAllBytes(path, Make(Encoding.UTF8.GetBytes($"{{{Entry("a", "F32", "[2]", "[0,8]")}}}"), []));
        using (var stream = File.OpenWrite(path)) stream.SetLength(3L << 30);
        Assert.Contains("belong to no tensor", AssertRefused(path).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_HeaderOfTooManyTensors_StopsCounting()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("weights.safetensors");
        var header = new StringBuilder("{");
        for (var i = 0; i < 100_001; i++)
            header.Append(Entry(i.ToString("x", null), "F32", "[0]", "[0,0]")).Append(',');
        header.Length--;
        File.WriteAllBytes(path, Make(header.Append('}').ToString(), 0));
        var refusal = Assert.Throws<ModelFormatException>(() => SafetensorsFile.Open(path));
        Assert.Contains("more than 100000 tensors", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AllowedOddities_Loads()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("weights.safetensors");
        var header = $"{{\"__metadata__\":{{\"format\":\"pt\"}},{Entry("none", "F32", "[0,7]", "[0,0]")},"
            + $"{Entry("one", "F64", "[]", "[0,8]")},{Entry("bytes", "U8", "[3]", "[8,11]")}}}   ";
        File.WriteAllBytes(path, Make(header, 11));
        using var file = SafetensorsFile.Open(path);
        Assert.Equal(["bytes", "none", "one"], file.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(new Shape(0, 7), file.Tensors["none"].Shape);
        Assert.Equal(0, file.Tensors["one"].Shape.Rank);
        Assert.Equal(3, file.Tensors["bytes"].Length);
    }

    [Fact]
    public void Open_MissingFileOrFolder_SaysSo()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("missing", AssertRefused(folder.File("absent.safetensors")).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be read", AssertRefused(folder.Path).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NameWithControlCharacters_IsShownHarmless()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("weights.safetensors");
        File.WriteAllBytes(path, Make($"{{{Entry("\\u001b[31m" + new string('x', 5000), "F99", "[0]", "[0,0]")}}}", 0));
        var refusal = AssertRefused(path);
        Assert.DoesNotContain('\u001b', refusal.Message);
        Assert.True(refusal.Message.Length < 1000, "The whole name is in the message.");
    }

    [Fact]
    public void Bytes_OutsideTheTensorOrAfterDispose_Throws()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("weights.safetensors");
        File.WriteAllBytes(path, Floats(("a", [2], [1, 2]), ("b", [1], [3])));
        var file = SafetensorsFile.Open(path);
        var entry = file.Tensors["a"];
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Bytes(entry, 4, 5).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Bytes(entry, -1, 2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Bytes(entry, 0, -1).Length);
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Bytes(entry, 0, 1).Length);
    }

    private static ModelFormatException AssertRefused(string path)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = Assert.Throws<ModelFormatException>(() => SafetensorsFile.Open(path));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MostAllocated, "Refusing allocated too much.");
        Assert.Equal(path, refusal.File);
        Assert.StartsWith(path, refusal.Message, StringComparison.Ordinal);
        return refusal;
    }
}
