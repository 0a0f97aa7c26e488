using Molmo.Demo.Inference.Weights.Torch;
using static Molmo.Demo.Inference.Tests.Weights.TorchBuilder;

namespace Molmo.Demo.Inference.Tests.Weights;

/// <summary>
/// Archives and pickles that are anything other than tensors: each is refused by name, and nothing of it is run.
/// </summary>
public sealed class HostileTorchFileTests
{
    /// <summary>Far above what refusing a small file takes, far below what believing its numbers would.</summary>
    private const long MostAllocated = 4_000_000;

    private static readonly byte[] EightBytes = new byte[8];

    /// <summary>Broken pickles with a piece of the sentence that refuses them.</summary>
    public static TheoryData<string, byte[], string> BrokenPickles()
    {
        var data = new TheoryData<string, byte[], string>
        {
            { "os.system", New().Global("os", "system").Text("true").Raw(0x85).Op("R.").ToArray(),
                "the global 'os.system'" },
            { "os.system, protocol 4",
                new PickleBuilder(4).Global("os", "system").Text("true").Raw(0x85).Op("R.").ToArray(),
                "the global 'os.system'" },
            { "posix.system", New().Op("cposix\nsystem\n.").ToArray(), "the global 'posix.system'" },
            { "eval", New().Global("builtins", "eval").Op(".").ToArray(), "the global 'builtins.eval'" },
            { "getattr", New().Global("builtins", "getattr").Op(".").ToArray(), "the global 'builtins.getattr'" },
            { "torch.load", New().Global("torch", "load").Op(".").ToArray(), "the global 'torch.load'" },
            { "dotted name", new PickleBuilder(4).Global("torch", "_utils._rebuild_tensor_v2").Op(".").ToArray(),
                "the global 'torch._utils._rebuild_tensor_v2'" },
            { "split module", New().Global("torch._utils._rebuild", "_tensor_v2").Op(".").ToArray(), "the global" },
            { "control characters", New().Op("c\u001b[31m\nx\n.").ToArray(), "the global '?[31m.x'" },
            { "tensor of another kind", New().Global("torch._tensor", "_rebuild_from_type_v2").Op(".").ToArray(),
                "_rebuild_from_type_v2" },
            { "call of a text", New().Text("os.system").Op(")R.").ToArray(),
                "a call of something other than a known global" },
            { "call of a storage type", New().Global("torch", "FloatStorage").Op(")R.").ToArray(),
                "a call of 'torch.FloatStorage'" },
            { "arguments that are no tuple", New().Global("collections", "OrderedDict").Op("]R.").ToArray(),
                "a call of something" },
            { "dictionary of arguments", New().Global("collections", "OrderedDict").Int(1).Raw(0x85).Op("R.").ToArray(),
                "a call of 'collections.OrderedDict' with unknown arguments" },
            { "tensor without arguments", New().Global("torch._utils", "_rebuild_tensor_v2").Op(")R.").ToArray(),
                "a tensor of an unknown form" },
            { "tensor with hooks", Hooked(New()).ToArray(), "a tensor of an unknown form" },
            { "negative size", Dictionary(New(), 2, 0, [-2], [1]), "a tensor of an unknown form" },
            { "negative stride", Dictionary(New(), 2, 1, [2], [-1]), "a tensor of an unknown form" },
            { "negative offset", Dictionary(New(), 2, -1, [2], [1]), "a tensor of an unknown form" },
            { "fewer strides", Dictionary(New(), 2, 0, [2, 1], [1]), "a tensor of an unknown form" },
            { "rank 5000", Dictionary(New(), 2, 0, [.. Enumerable.Repeat(1L, 5000)], [.. Enumerable.Repeat(1L, 5000)]),
                "a tensor of an unknown form" },
            { "persistent id of a text", New().Text("storage").Op("Q.").ToArray(),
                "a reference to something other than a storage" },
            { "persistent id of a path", New().Storage("FloatStorage", "../0", 2).Op(".").ToArray(),
                "a reference to something other than a storage" },
            { "persistent id of a module", New().Op("(")
                .Text("module").Global("torch", "FloatStorage").Text("0").Text("cpu").Int(2).Op("tQ.").ToArray(),
                "a reference to something" },
            { "negative count", New().Storage("FloatStorage", "0", -2).Op(".").ToArray(), "a reference to something" },
            { "count beyond 64 bits", New().Raw(0x8a, 9).Raw(new byte[9]).Op(".").ToArray(),
                "a number of more than 64 bits" },
            { "state of a tensor", New().Tensor("FloatStorage", "0", 2, 0, [2], [1]).Op("}b.").ToArray(),
                "a state set on something other than a dictionary" },
            { "state of a text", New().Op("}").Text("x").Op("b.").ToArray(), "a state that is no dictionary" },
            { "key of a list", New().Op("}]Ks.").ToArray(), "pickle holds" },
            { "key of a tuple", New().Op("})").Int(1).Op("s.").ToArray(), "a key that is neither text nor number" },
            { "key twice", New().Op("}").Text("a").Int(1).Op("s").Text("a").Int(1).Op("s.").ToArray(),
                "the key 'a' twice" },
            { "odd items", New().Op("}(").Text("a").Op("u.").ToArray(), "items set on something" },
            { "append to a dictionary", New().Op("}").Int(1).Op("a.").ToArray(), "items appended to something" },
            { "group without beginning", New().Op("t.").ToArray(), "a group without its beginning" },
            { "pop across a group", New().Op("}(s.").ToArray(), "a value taken from an empty stack" },
            { "empty stack", New().Op("s.").ToArray(), "a value taken from an empty stack" },
            { "end of nothing", New().Op(".").ToArray(), "an end with other than one value" },
            { "end with two", New().Op("}}.").ToArray(), "an end with other than one value" },
            { "bytes after the end", New().Op("}.}").ToArray(), "1 bytes after its end" },
            { "note never made", New().Raw((byte)'h', 7).Op(".").ToArray(), "note 7, which was never made" },
            { "note of nothing", New().Raw((byte)'q', 7).Op(".").ToArray(), "a value taken from an empty stack" },
            { "deep groups", New().Raw([.. Enumerable.Repeat((byte)'(', 10_000)]).ToArray(), "groups nested deeper" },
            { "deep stack", New().Raw([.. Enumerable.Repeat((byte)'N', 200_000)]).ToArray(), "a stack deeper" },
            { "huge text", New().Raw((byte)'X', 255, 255, 255, 255).ToArray(), "a text that goes past the end" },
            { "huge frame", New().Raw(0x95, 255, 255, 255, 255, 255, 255, 255, 255).ToArray(),
                "a frame that goes past the end" },
            { "endless name", New().Op("c" + new string('x', 5000)).ToArray(), "a name without an end" },
            { "text that is no Unicode", New().Raw((byte)'X', 2, 0, 0, 0, 0xC3, 0x28).ToArray(), "not valid Unicode" },
            { "no protocol", PickleBuilder.Empty().Op("}.").ToArray(), "no protocol at its beginning" },
            { "protocol 0", PickleBuilder.Empty().Op("(dp0\n.").ToArray(), "no protocol at its beginning" },
            { "protocol 9", PickleBuilder.Empty().Raw(0x80, 9).Op("}.").ToArray(), "a protocol other than 2 to 5" },
            { "list", New().Op("].").ToArray(), "not a dictionary of tensors" },
            { "tensor alone", New().Tensor("FloatStorage", "0", 2, 0, [2], [1]).Op(".").ToArray(),
                "not a dictionary of tensors" },
            { "number for a tensor", New().Op("}").Text("epoch").Int(3).Op("s.").ToArray(), "epoch: is not a tensor" },
            { "nested dictionary", New().Op("}").Text("state_dict").Op("}s.").ToArray(),
                "state_dict: is not a tensor" },
            { "number for a name", New().Op("}").Int(3).Int(3).Op("s.").ToArray(), "the key 3, which is no name" },
            { "view past its storage", Dictionary(New(), 2, 1, [2], [1]),
                "a: is a view from element 1 to 2 of the storage 0, which has 2" },
            { "stride past its storage", Dictionary(New(), 2, 0, [2], [2]), "a: is a view from element 0 to 2" },
            { "wrapping view", Dictionary(New(), 2, long.MaxValue, [2], [1]),
                "a: has the shape [2] with strides [1], whose size does not fit in 63 bits" },
            { "wrapping shape", Dictionary(New(), 2, 0, [1L << 32, 1L << 32], [0, 0]), "does not fit in 63 bits" },
            { "wrapping stride", Dictionary(New(), 2, 0, [3, 3], [1L << 62, 1L << 62]), "does not fit in 63 bits" },
            { "offset of nothing", Dictionary(New(), 2, 3, [0], [1]), "a: is a view from element 3" },
            { "one number as many", Dictionary(New(), 2, 0, [1L << 40], [0]), "repeated elements are not read" },
            { "storage of another size", Dictionary(New(), 3, 0, [2], [1]),
                "a: is a view of the storage 0 of 3 F32, but that entry has 8 bytes" },
            { "huge storage", Dictionary(New(), 1L << 62, 0, [2], [1]), "but that entry has 8 bytes" },
            { "storage missing", New().Op("}").Text("a").Tensor("FloatStorage", "7", 2, 0, [2], [1]).Op("s.").ToArray(),
                "a: is a view of the storage 7, which the archive does not hold" },
        };
        // Of protocols 0 to 5: all opcodes that take part in running code, or that no dictionary of tensors has.
        foreach (var opcode in (byte[])[.. "012diopPgISFVLlTUBC"u8, 0x81, 0x82, 0x83, 0x84, 0x8b, 0x8d, 0x8e, 0x8f,
            0x90, 0x91, 0x92, 0x96, 0x97, 0x98])
            data.Add($"opcode {opcode:x2}", New().Op("}").Raw(opcode, 1, 0).ToArray(),
                $"data.pkl, byte 3: the pickle holds the opcode 0x{opcode:x2}");
        return data;
    }

    [Theory]
    [MemberData(nameof(BrokenPickles))]
    public void Open_BrokenPickle_NamesTheRule(string what, byte[] pickle, string sentence)
    {
        var refusal = AssertRefused(Archive(pickle, EightBytes));
        Assert.NotNull(refusal.Subject);
        Assert.True(refusal.Message.Contains(sentence, StringComparison.Ordinal), $"{what}: {refusal.Message}");
        Assert.DoesNotContain('\u001b', refusal.Message);
        Assert.True(refusal.Message.Length < 1000, "The message is as long as the file.");
    }

    /// <summary>Broken archives with a piece of the sentence that refuses them.</summary>
    public static TheoryData<string, byte[], string> BrokenArchives()
    {
        var pickle = Dictionary(New(), 2, 0, [2], [1]);
        var right = Archive(pickle, EightBytes);
        ZipBuilder Zip() => new ZipBuilder().Add("archive/data.pkl", pickle);
        ZipBuilder Zip64() => new ZipBuilder { Zip64 = true }.Add("archive/data.pkl", pickle);
        return new TheoryData<string, byte[], string>
        {
            { "empty", [], "0 bytes, fewer than" },
            { "zeros", new byte[1000], "no end record" },
            { "old format",
                [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, .. new byte[100]],
                "torch's old format" },
            { "no entries", new ZipBuilder().ToArray(), "0 entries NAME/data.pkl" },
            { "two pickles", Zip().Add("other/data.pkl", pickle).ToArray(), "2 entries NAME/data.pkl" },
            { "pickle too deep", new ZipBuilder().Add("a/b/data.pkl", pickle).ToArray(), "0 entries NAME/data.pkl" },
            { "compressed", With(Zip(), zip => zip.Method = 8).Add("archive/data/0", EightBytes).ToArray(),
                "archive/data/0: it is compressed" },
            { "zip bomb", With(Zip(), zip => (zip.Method, zip.PlainLength) = (8, uint.MaxValue - 1))
                .Add("archive/data/0", EightBytes).ToArray(),
                "it is compressed" },
            { "sizes that differ",
                With(Zip(), zip => zip.PlainLength = 1 << 30).Add("archive/data/0", EightBytes).ToArray(),
                "its two sizes differ" },
            { "encrypted", With(Zip(), zip => zip.Flags = 1).Add("archive/data/0", EightBytes).ToArray(),
                "archive/data/0: it is encrypted" },
            { "duplicate name", Zip().Add("archive/data/0", EightBytes).Add("archive/data/0", EightBytes).ToArray(),
                "archive/data/0: it appears twice" },
            { "same bytes twice", With(Zip(), zip => (zip.LocalOffset, zip.LocalName) = (0, null))
                .Add("archive/data.pkl", EightBytes).ToArray(),
                "it appears twice" },
            { "other local name",
                With(Zip(), zip => zip.LocalName = "archive/data/1").Add("archive/data/0", EightBytes).ToArray(),
                "another name" },
            { "entry in an entry", Nested(pickle), "it begins inside the entry" },
            { "entry past the end",
                With(Zip(), zip => zip.LocalOffset = 1 << 30).Add("archive/data/0", EightBytes).ToArray(),
                "archive/data/0: it lies outside the file" },
            { "entry too long", With(Zip(), zip => zip.StoredLength = zip.PlainLength = 1 << 30)
                .Add("archive/data/0", EightBytes).ToArray(),
                "archive/data/0: it lies outside the file" },
            { "zip64 entry before the file",
                With(Zip64(), zip => zip.LocalOffset = -1).Add("archive/data/0", EightBytes).ToArray(),
                "it lies outside the file" },
            { "zip64 entry at the end of numbers",
                With(Zip64(), zip => zip.LocalOffset = long.MaxValue).Add("archive/data/0", EightBytes).ToArray(),
                "it lies outside the file" },
            { "zip64 length below 0", With(Zip64(), zip => zip.StoredLength = zip.PlainLength = -8)
                .Add("archive/data/0", EightBytes).ToArray(),
                "it lies outside the file" },
            { "zip64 length wraps", With(Zip64(), zip => zip.StoredLength = zip.PlainLength = long.MaxValue)
                .Add("archive/data/0", EightBytes).ToArray(),
                "it lies outside the file" },
            { "directory outside", With(Zip(), zip => zip.DirectoryOffset = 1 << 30).ToArray(),
                "its directory lies outside the file" },
            { "directory too long", With(Zip(), zip => zip.DirectoryLength = 1 << 30).ToArray(),
                "its directory lies outside the file" },
            { "zip64 directory outside", With(Zip64(), zip => zip.DirectoryOffset = long.MaxValue).ToArray(),
                "its directory lies outside the file" },
            { "zip64 directory below 0", With(Zip64(), zip => zip.DirectoryOffset = -1).ToArray(),
                "its directory lies outside the file" },
            { "zip64 directory length below 0", With(Zip64(), zip => zip.DirectoryLength = long.MinValue).ToArray(),
                "its directory lies outside the file" },
            { "too many entries", With(Zip(), zip => zip.Count = 1000).ToArray(),
                "too short for its number of entries" },
            { "zip64 too many entries", With(Zip64(), zip => zip.Count = long.MaxValue).ToArray(),
                "too short for its number of entries" },
            { "too few entries", With(Zip(), zip => zip.Count = 0).ToArray(), "longer than its entries" },
            { "big-endian", Zip().Add("archive/byteorder", "big"u8).ToArray(), "byteorder: is not 'little'" },
            { "end in the comment", [.. right, 0], "no end record" },
        };
    }

    [Theory]
    [MemberData(nameof(BrokenArchives))]
    public void Open_BrokenArchive_NamesTheRule(string what, byte[] file, string sentence)
    {
        var refusal = AssertRefused(file);
        Assert.True(refusal.Message.Contains(sentence, StringComparison.Ordinal), $"{what}: {refusal.Message}");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Open_TruncatedAtEveryByte_Refuses(int protocol)
    {
        var right = StateDictionary(protocol, new Stored("a", "FloatStorage", [2], EightBytes));
        using var folder = new TemporaryFolder();
        var path = folder.File("weights.bin");
        for (var length = 0; length < right.Length; length++)
        {
            File.WriteAllBytes(path, right[..length]);
            Assert.Equal(path, Assert.Throws<ModelFormatException>(() => TorchFile.Open(path)).File);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Open_PickleTruncatedAtEveryByte_Refuses(int protocol)
    {
        var pickle = Dictionary(new PickleBuilder(protocol), 2, 0, [2], [1]);
        for (var length = 0; length < pickle.Length; length++) AssertRefused(Archive(pickle[..length], EightBytes));
    }

    /// <summary>Any byte set to any of a few values: it loads or is refused, and nothing else happens.</summary>
    [Slow]
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Open_AnyByteChanged_LoadsOrRefuses(int protocol)
    {
        var right = StateDictionary(protocol, new Stored("a", "FloatStorage", [2], EightBytes));
        using var folder = new TemporaryFolder();
        var path = folder.File("weights.bin");
        for (var at = 0; at < right.Length; at++)
        {
            foreach (var value in (byte[])[0, 1, 0x7f, 0x80, 0xff, (byte)(right[at] ^ 1), (byte)'R', (byte)'.'])
            {
                var file = (byte[])right.Clone();
                file[at] = value;
                File.WriteAllBytes(path, file);
                try
                {
                    using var opened = TorchFile.Open(path);
                    foreach (var entry in opened.Tensors.Values)
                        Assert.Equal(entry.Length, opened.Bytes(entry, 0, (int)entry.Length).Length);
                }
                catch (ModelFormatException e)
                {
                    Assert.Equal(path, e.File);
                }
            }
        }
    }

    [Fact]
    public void Open_NotesThatHoldEachOther_AreNeverFollowed()
    {
        // Each tuple holds the one before ten times: followed, it would be 10^200 values.
        var pickle = New().Op("}").Text("a").Op(")");
        for (var i = 0; i < 200; i++)
        {
            pickle.Raw((byte)'q', (byte)i).Op("(");
            for (var k = 0; k < 10; k++) pickle.Raw((byte)'h', (byte)i);
            pickle.Op("t").Raw(0x86);
        }

        pickle.Op("s.");
        Assert.Contains(
            "a: is not a tensor", AssertRefused(Archive(pickle.ToArray())).Message, StringComparison.Ordinal);
        var list = New().Op("]").Raw((byte)'q', 0).Raw((byte)'h', 0).Op("a.");
        Assert.Contains(
            "not a dictionary of tensors", AssertRefused(Archive(list.ToArray())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_EndlessPickle_StopsCounting()
    {
        var pickle =
            New().Op("N").Raw([.. Enumerable.Repeat<byte[]>([(byte)'q', 0], 1_100_000).SelectMany(pair => pair)]);
        Assert.Contains("more than 1000000 instructions", AssertRefused(Archive(pickle.ToArray())).Message,
            StringComparison.Ordinal);
        var tooLong = AssertRefused(Archive(new byte[(16 << 20) + 1]));
        Assert.Equal("data.pkl", tooLong.Subject);
        Assert.Contains("above the limit of 16777216", tooLong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_HugeSparseFile_AllocatesLittle()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("weights.bin");
        File.WriteAllBytes(path, Archive(New().Op("}.").ToArray()));
        using (var stream = File.OpenWrite(path)) stream.SetLength(3L << 30);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("no end record", Assert.Throws<ModelFormatException>(() => TorchFile.Open(path)).Message,
            StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MostAllocated, "Refusing allocated too much.");
    }

    [Fact]
    public void Open_MissingFileOrFolder_SaysSo()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(
            "missing", Assert.Throws<ModelFormatException>(() => TorchFile.Open(folder.File("absent.bin"))).Message,
            StringComparison.Ordinal);
        Assert.Contains("cannot be read",
            Assert.Throws<ModelFormatException>(() => TorchFile.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    private static PickleBuilder New() => new();

    private static byte[] Dictionary(PickleBuilder pickle, long count, long offset, long[] size, long[] stride)
        => pickle.Op("}").Text("a").Tensor("FloatStorage", "0", count, offset, size, stride).Op("s.").ToArray();

    private static PickleBuilder Hooked(PickleBuilder pickle)
        => pickle.Global("torch._utils", "_rebuild_tensor_v2").Op("(")
            .Storage("FloatStorage", "0", 2).Int(0).Tuple(2).Tuple(1).Raw(0x89).Op("}").Int(1).Int(1).Op("stR.");

    private static ZipBuilder With(ZipBuilder zip, Action<ZipBuilder> change)
    {
        change(zip);
        return zip;
    }

    /// <summary>A whole entry, with its local header, as the content of another.</summary>
    private static byte[] Nested(byte[] pickle)
    {
        var inner = new ZipBuilder().Add("archive/data/0", EightBytes).ToArray();
        var zip = new ZipBuilder().Add("archive/data.pkl", pickle);
        var at = zip.Length;
        zip.Add("archive/data/1", inner);
        zip.LocalOffset = at + 30 + "archive/data/1".Length + ZipBuilder.PaddingLength;
        return zip.Add("archive/data/0", EightBytes).ToArray();
    }

    private static ModelFormatException AssertRefused(byte[] content)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("weights.bin");
        File.WriteAllBytes(path, content);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = Assert.Throws<ModelFormatException>(() => TorchFile.Open(path));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MostAllocated + (4 * content.Length),
            "Refusing allocated too much.");
        Assert.Equal(path, refusal.File);
        Assert.StartsWith(path, refusal.Message, StringComparison.Ordinal);
        return refusal;
    }
}
