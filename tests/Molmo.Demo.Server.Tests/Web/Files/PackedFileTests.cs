using System.IO.Compression;
using Molmo.Demo.Server.Web.Files;

namespace Molmo.Demo.Server.Tests.Web.Files;

public sealed class PackedFileTests
{
    [Fact]
    public void In_BeforeAndAfterPacking_IsTheSameTextInFewerBytes()
    {
        // New for each run: what was packed before stays for the whole process.
        var rules = Enumerable.Range(0, 5000).Select(i => $".c{i * i % 977}{{top:{i}px}}");
        var text = $"{Guid.NewGuid()}{string.Concat(rules)}";
        var file = new PackedFile(text);

        var quick = file.In("br");
        file.Pack();
        var packed = file.In("br");

        Assert.InRange(packed.Length, 1, quick.Length - 1);
        Assert.Equal((text, text), (Unpack(quick), Unpack(packed)));
        Assert.Same(packed, file.In("br"));
        Assert.Same(packed, new PackedFile(text).In("br"));
    }

    private static string Unpack(byte[] bytes)
    {
        using var reader = new StreamReader(
            new BrotliStream(new MemoryStream(bytes), CompressionMode.Decompress));
        return reader.ReadToEnd();
    }
}
