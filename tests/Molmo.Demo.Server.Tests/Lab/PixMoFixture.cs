using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Lab;
using Molmo.Demo.Lab.Data;
using Molmo.Demo.Server.Tests.Commands;
using Parquet;
using Parquet.Serialization;

namespace Molmo.Demo.Server.Tests.Lab;

/// <summary>A folder with tables and pictures, and the command that makes examples of them.</summary>
internal sealed class PixMoFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PixMoFixture() => Directory.CreateDirectory(Pictures);

    public string Pictures => _folder.Combine("pictures");

    public string Out => _folder.Combine("out");

    public string Combine(string name) => _folder.Combine(name);

    /// <summary>The file of a picture of one colour.</summary>
    public static byte[] Picture(int width = 20, int height = 10, byte grey = 128)
    {
        var pixels = new byte[width * height * 3];
        pixels.AsSpan().Fill(grey);
        using var file = new MemoryStream();
        PngEncoder.Encode(new RgbImage(width, height, pixels), file);
        return file.ToArray();
    }

    /// <summary>Adds pictures of a size of their own: 20 x 10 pixels, then 21 x 10 ...</summary>
    public void AddPictures(params string[] names)
    {
        for (var i = 0; i < names.Length; i++)
            File.WriteAllBytes(Path.Combine(Pictures, names[i]), Picture(20 + i));
    }

    /// <summary>Writes a table, as parquet with two rows a row group or as JSON lines.</summary>
    public async Task<string> WriteAsync<T>(string ending, params T[] rows)
    {
        var path = _folder.Combine($"table.{ending}");
        if (ending == "parquet")
            await ParquetSerializer.SerializeAsync(rows, path, new ParquetOptions { RowGroupSize = 2 });
        else
            await File.WriteAllLinesAsync(path, rows.Select(row => JsonSerializer.Serialize(row)));
        return path;
    }

    /// <summary>Runs the command, which must work, and gives its closing line.</summary>
    public async Task<string> MakeAsync(string table, string file, params string[] more)
    {
        var (code, output, error) = await RunAsync(
            ["make", "pixmo", table, file, "--pictures", Pictures, "--out", Out, .. more]);
        Assert.Equal((0, ""), (code, error));
        return Assert.Single(output.TrimEnd().Split('\n'));
    }

    /// <summary>Runs the command, which must refuse in one sentence and write nothing.</summary>
    public async Task<string> RefuseAsync(params string[] arguments)
    {
        var (code, output, error) = await RunAsync(["make", "pixmo", .. arguments]);
        Assert.Equal((1, ""), (code, output));
        Assert.False(Directory.Exists(Out));
        return Assert.Single(error.TrimEnd().Split('\n'));
    }

    /// <summary>The examples that were written: width of the picture and its annotations.</summary>
    public (int Width, Annotation[] Annotations)[] Read()
    {
        var folder = ExampleFolder.Open(Out);
        return [.. Enumerable.Range(0, (int)folder.Count).Select(i => folder.Read(i))
            .Select(example => (example.Picture!.Width, example.Annotations.ToArray()))];
    }

    /// <summary>Runs a command and gives its exit code and what it says was wrong.</summary>
    public static async Task<(int Code, string Error)> TryAsync(string[] arguments)
    {
        var (code, _, error) = await RunAsync(arguments);
        return (code, error);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<(int Code, string Output, string Error)> RunAsync(string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await LabProgram.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
