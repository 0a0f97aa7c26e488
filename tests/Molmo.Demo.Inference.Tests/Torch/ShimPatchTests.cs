using Molmo.Demo.Inference.Torch.Native;

namespace Molmo.Demo.Inference.Tests.Torch;

/// <summary>The patching alone, on TorchSharp's own library, cut ones and damaged ones.</summary>
public sealed class ShimPatchTests
{
    private static readonly byte[] Library = File.ReadAllBytes(Shim.Find());

    [Fact]
    public void Apply_TorchSharpsLibrary_WeakensOneRequestAndNothingElse()
    {
        var before = Requests(Library);
        var patched = ShimPatch.Apply(Library);
        var after = Requests(patched);

        var asked = Assert.Single(before, request => request.Name == "GLIBCXX_3.4.32");
        Assert.Equal(0, asked.Flags);
        Assert.Equal([asked with { Flags = 2 }], after.Except(before));
        var changed = Enumerable.Range(0, Library.Length).Where(index => Library[index] != patched[index]);
        Assert.Equal([(int)asked.FlagsOffset], changed);
    }

    [Fact]
    public void Apply_PatchedLibrary_IsTheSame()
    {
        var patched = ShimPatch.Apply(Library);

        Assert.Equal(patched, ShimPatch.Apply(patched));
    }

    [Fact]
    public void VersionRequests_TorchSharpsLibrary_AreThoseOfReadelf()
    {
        var requests = Requests(Library);

        Assert.Equal(28, requests.Count);
        Assert.Equal("GLIBC_2.3", requests[0].Name);
        Assert.Equal("GLIBCXX_3.4", requests[^1].Name);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(64)]
    [InlineData(500)]
    [InlineData(260_000)]
    [InlineData(2_000_000)]
    [InlineData(2_399_007)]
    public void Apply_CutLibrary_SaysSo(int length)
    {
        Assert.Contains($"cut after {length}", Refusal(Library[..length]), StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_OtherFiles_SaysWhatIsWrong()
    {
        var text = new byte[4096];
        var program = (byte[])Library.Clone();
        program[16] = 2;
        var arm = (byte[])Library.Clone();
        arm[18] = 183;

        Assert.All([text, program, arm], file => Assert.Equal("it is not a library for Linux on x64", Refusal(file)));
        Assert.Equal("it does not ask for GLIBCXX_3.4.32", Refusal(LibraryFile.Make("libc.so.6")));
    }

    // Header with segments, dynamic table, table of versions: what the reader follows.
    [Slow]
    [Theory]
    [InlineData(0, 64 + (12 * 56))]
    [InlineData(0x1d4b18, 35 * 16)]
    [InlineData(0x3f8f0, 0x1f0)]
    public void Apply_DamagedLibrary_PatchesOrSaysWhatIsWrong(int start, int length)
    {
        var random = new Random(11);
        var refused = 0;
        for (var index = 0; index < 150; index++)
        {
            var file = (byte[])Library.Clone();
            for (var left = 1 + random.Next(4); left > 0; left--)
                file[start + random.Next(length)] = (byte)(random.Next(2) == 0 ? 0xff : random.Next(256));
            try
            {
                Assert.Equal(Library.Length, ShimPatch.Apply(file).Length);
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1, 149);
    }

    [Fact]
    public async Task Patched_ManyAtOnce_MakeOneCopy()
    {
        using var cache = new TemporaryFolder();

        var copies = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Task.Run(() => Shim.Patched(Shim.Find(), cache.Path))));

        var file = Assert.Single(Directory.EnumerateFiles(cache.Path, "*", SearchOption.AllDirectories));
        Assert.All(copies, copy => Assert.Equal(file, copy));
        Assert.Equal(ShimPatch.Apply(Library), File.ReadAllBytes(file));
    }

    [Fact]
    public void Patched_SpoiledCopy_IsReplaced()
    {
        using var cache = new TemporaryFolder();
        var copy = Shim.Patched(Shim.Find(), cache.Path);
        File.WriteAllText(copy, "spoiled");

        Assert.Equal(copy, Shim.Patched(Shim.Find(), cache.Path));
        Assert.Equal(ShimPatch.Apply(Library), File.ReadAllBytes(copy));
    }

    private static string Refusal(byte[] library)
        => Assert.Throws<InvalidDataException>(() => ShimPatch.Apply(library)).Message;

    private static List<VersionRequest> Requests(byte[] library)
        => new Elf64(new MemoryStream(library)).VersionRequests();
}
