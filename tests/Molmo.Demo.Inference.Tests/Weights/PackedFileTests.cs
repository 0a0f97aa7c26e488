using System.Buffers.Binary;
using System.Security.Cryptography;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Tests.Weights;

/// <summary>
/// Packed files, whole and broken: every broken one is refused with a sentence before anything of it is used.
/// </summary>
public sealed unsafe class PackedFileTests
{
    private const int Prefix = PackedFile.PrefixLength;

    private static readonly PackedIdentity Identity = new("tiny", "0123456789ab", "int8", "int8", "a layout");

    [Fact]
    public void Complete_TwoEntries_AreReadBackAlignedAndTheTemporaryFileIsGone()
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder);
        Assert.Equal([path], Directory.GetFiles(folder.Path));
        using var file = PackedFile.Open(path);
        Assert.Equal(Identity, file.Identity);
        var first = file.Entry("a", "values", 1, 5, 20);
        var second = file.Entry("b", "int8", 3, 2, 99);
        Assert.Equal((64, 128), (first.Offset, second.Offset));
        Assert.Equal(Numbers(20, 1), new ReadOnlySpan<byte>(file.Address(first), 20));
        Assert.Equal(Numbers(99, 2), new ReadOnlySpan<byte>(file.Address(second), 99));
    }

    [Fact]
    public void Dispose_BeforeItIsComplete_LeavesTheFileThatWasThere()
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder);
        var before = File.ReadAllBytes(path);
        using (var writer = new PackedFileWriter(path, Identity)) Add(writer, "a", 500, 3);
        Assert.Equal([path], Directory.GetFiles(folder.Path));
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Fact]
    public void Create_WhileAnotherWrites_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.packed");
        using var writer = new PackedFileWriter(path, Identity);
        Assert.Throws<IOException>(() => new PackedFileWriter(path, Identity).Dispose());
    }

    [Fact]
    public void Open_AnyByteOfPrefixOrContentsChanged_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var whole = File.ReadAllBytes(Write(folder));
        var end = (int)BinaryPrimitives.ReadInt64LittleEndian(whole.AsSpan(16));
        var path = folder.File("changed.packed");
        // The eight bytes before the data are not read; the last entry's end is: data is checked by samples, here all
        // of it.
        foreach (var place in Enumerable.Range(0, 56).Concat(Enumerable.Range(Prefix, whole.Length - Prefix)))
        {
            var changed = whole.ToArray();
            changed[place] ^= 0x20;
            File.WriteAllBytes(path, changed);
            var error = Assert.Throws<ModelFormatException>(() => PackedFile.Open(path));
            Assert.True(error.File == path && error.Message.Length < 400, $"Byte {place} of {end}: {error.Message}");
        }
    }

    [Fact]
    public void Open_CutAnywhere_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var whole = File.ReadAllBytes(Write(folder));
        var path = folder.File("cut.packed");
        for (var length = 0; length < whole.Length; length += length < 80 || length > whole.Length - 40 ? 1 : 13)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Throws<ModelFormatException>(() => PackedFile.Open(path));
        }

        File.WriteAllBytes(path, [.. whole, 0]);
        Assert.Contains("cut short or was changed",
            Assert.Throws<ModelFormatException>(() => PackedFile.Open(path)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "missing", Assert.Throws<ModelFormatException>(() => PackedFile.Open(folder.File("none"))).Message,
            StringComparison.Ordinal);
        Assert.Contains("cannot be read",
            Assert.Throws<ModelFormatException>(() => PackedFile.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 7, "no packed file")]
    [InlineData(8, 1u, "version 1")]
    [InlineData(12, 0u, "0 bytes")]
    [InlineData(12, 0xFFFFFFFFu, "4294967295 bytes")]
    [InlineData(12, PackedFile.MaxContentsLength + 1u, "16777217 bytes")]
    [InlineData(20, 0x80000000u, "cut short or was changed")]
    public void Open_PrefixThatLies_NamesTheRule(int place, uint value, string words)
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder);
        var bytes = File.ReadAllBytes(path);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(place), value);
        File.WriteAllBytes(path, bytes);
        Assert.Contains(
            words, Assert.Throws<ModelFormatException>(() => PackedFile.Open(path)).Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// Contents with a right hash, as someone writes them who wants the reader to look beside the file.
    /// </summary>
    [Theory]
    [InlineData(
        """{"name":"a","form":"int8","rows":1,"columns":1,"offset":64,"length":64},"""
            + """{"name":"a","form":"int8","rows":1,"columns":1,"offset":128,"length":64}""",
        "twice")]
    [InlineData(
        """{"name":"a","form":"int8","rows":1,"columns":1,"offset":64,"length":65},"""
            + """{"name":"b","form":"int8","rows":1,"columns":1,"offset":128,"length":64}""",
        "before byte 129")]
    [InlineData(
        """{"name":"a","form":"int8","rows":1,"columns":1,"offset":128,"length":64},"""
            + """{"name":"b","form":"int8","rows":1,"columns":1,"offset":64,"length":64}""",
        "before byte 192")]
    [InlineData("""{"name":"a","form":"int8","rows":1,"columns":1,"offset":0,"length":64}""", "before byte 64")]
    [InlineData("""{"name":"a","form":"int8","rows":1,"columns":1,"offset":-64,"length":64}""", "before byte 64")]
    [InlineData("""{"name":"a","form":"int8","rows":1,"columns":1,"offset":65,"length":64}""", "multiple of 64")]
    [InlineData("""{"name":"a","form":"int8","rows":1,"columns":1,"offset":64,"length":1000}""", "data ends")]
    [InlineData(
        """{"name":"a","form":"int8","rows":1,"columns":1,"offset":64,"length":9223372036854775807}""", "data ends")]
    [InlineData(
        """{"name":"a","form":"int8","rows":1,"columns":1,"offset":9223372036854775744,"length":64}""", "data ends")]
    [InlineData("""{"name":"a","form":"int8","rows":0,"columns":1,"offset":64,"length":64}""", "shape [0, 1]")]
    [InlineData("""{"name":"a","form":"int8","rows":1,"columns":-3,"offset":64,"length":64}""", "shape [1, -3]")]
    [InlineData(
        """{"name":"a","form":"int8","rows":99999999999,"columns":1,"offset":64,"length":64}""", "not of the form")]
    [InlineData("""{"name":null,"form":"int8","rows":1,"columns":1,"offset":64,"length":64}""", "no name")]
    [InlineData("""{"form":"int8","rows":1,"columns":1,"offset":64,"length":64}""", "not of the form")]
    [InlineData("""{"name":"a","form":"int8","rows":1.5,"columns":1,"offset":64,"length":64}""", "not of the form")]
    [InlineData("""7""", "not of the form")]
    [InlineData("""{"name":[[[[[1]]]]]}""", "not of the form")]
    public void Open_EntriesThatBreakARule_AreRefusedByName(string entries, string words)
    {
        using var folder = new TemporaryFolder();
        var data = Numbers(192, 5);
        var sample = Convert.ToHexStringLower(SHA256.HashData(data));
        var json = $$"""
            {"model":"m","revision":"r","precision":"int8","vision":"int8","layout":"l",
            "sample":"{{sample}}","entries":[{{entries}}]}
            """;
        Assert.Contains(words, Refusal(folder, data, Encoding.UTF8.GetBytes(json)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("not json")]
    [InlineData("""{"model":"m",REST,"sample":"x"}""")]
    [InlineData("""{"model":"m",REST,"sample":"x","entries":{}}""")]
    [InlineData("""{"model":7,REST,"sample":"x","entries":[]}""")]
    [InlineData("""{"model":"\ud800",REST,"sample":"x","entries":[]}""")]
    [InlineData("""{"model":"m","revision":"r","precision":"int8","layout":"l","sample":"x","entries":[]}""")]
    public void Open_ContentsOfAnotherForm_AreRefused(string json)
    {
        json = json.Replace(
            "REST", """
            "revision":"r","precision":"int8","vision":"int8","layout":"l"
            """, StringComparison.Ordinal);
        using var folder = new TemporaryFolder();
        Assert.Contains(
            "not of the form", Refusal(folder, Numbers(64, 1), Encoding.UTF8.GetBytes(json)), StringComparison.Ordinal);
    }

    [Fact]
    public void Entry_AbsentOrOfAnotherShape_IsRefusedByName()
    {
        using var folder = new TemporaryFolder();
        using var file = PackedFile.Open(Write(folder));
        Assert.Contains("c", Assert.Throws<ModelFormatException>(() => file.Entry("c", "int8", 3, 2, 99)).Message,
            StringComparison.Ordinal);
        foreach (var (form, rows, columns, length) in ((string, int, int, long)[])[
            ("int4", 3, 2, 99), ("int8", 2, 2, 99), ("int8", 3, 3, 99), ("int8", 3, 2, 98)])
            Assert.Contains(
                "expected",
                Assert.Throws<ModelFormatException>(() => file.Entry("b", form, rows, columns, length)).Message,
                StringComparison.Ordinal);
    }

    private static string Write(TemporaryFolder folder)
    {
        var path = folder.File("a.packed");
        using var writer = new PackedFileWriter(path, Identity);
        fixed (byte* first = Numbers(20, 1)) writer.Add("a", "values", 1, 5, first, 20);
        fixed (byte* second = Numbers(99, 2)) writer.Add("b", "int8", 3, 2, second, 99);
        writer.Complete();
        return path;
    }

    private static void Add(PackedFileWriter writer, string name, int length, int seed)
    {
        fixed (byte* data = Numbers(length, seed)) writer.Add(name, "int8", 1, 1, data, length);
    }

    private static string Refusal(TemporaryFolder folder, byte[] data, byte[] contents)
    {
        var prefix = new byte[Prefix];
        PackedFile.Magic.CopyTo(prefix);
        BinaryPrimitives.WriteUInt32LittleEndian(prefix.AsSpan(8), PackedFile.Version);
        BinaryPrimitives.WriteInt32LittleEndian(prefix.AsSpan(12), contents.Length);
        BinaryPrimitives.WriteInt64LittleEndian(prefix.AsSpan(16), Prefix + data.Length);
        SHA256.HashData(contents, prefix.AsSpan(24));
        var path = folder.File("made.packed");
        File.WriteAllBytes(path, [.. prefix, .. data, .. contents]);
        return Assert.Throws<ModelFormatException>(() => PackedFile.Open(path).Dispose()).Message;
    }

    private static byte[] Numbers(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
