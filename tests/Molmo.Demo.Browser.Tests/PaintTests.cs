using System.Text.Json.Nodes;
using Molmo.Demo.Browser.Tests.Support;

namespace Molmo.Demo.Browser.Tests;

/// <summary>
/// What the page shows of a picture is what the browser paints of the file itself: upright, in its colours, with
/// transparent pixels on white or black.
/// </summary>
public sealed class PaintTests(Site site, ITestOutputHelper output)
{
    private const int Batch = 24;

    // Of 255, as a mean over all samples.
    private const double Near = 2;

    // Where the model's own code and the browser do not agree, the model's is what is meant.
    private static readonly Dictionary<string, string> Apart = new()
    {
        ["ipng_invalid_palette_index.png"] = "a colour that the palette does not have",
    };

    private const string Compare =
        """
        async files => {
          const bytesOf = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
          const paint = (picture, width, height, ground, orientation = 1) => {
            const canvas = new OffscreenCanvas(width, height);
            const pen = canvas.getContext('2d', { willReadFrequently: true });
            pen.fillStyle = ground;
            pen.fillRect(0, 0, width, height);
            // As EXIF numbers them.
            const [a, b, c, d] = [[1, 0, 0, 1], [-1, 0, 0, 1], [-1, 0, 0, -1], [1, 0, 0, -1],
              [0, 1, 1, 0], [0, 1, -1, 0], [0, -1, -1, 0], [0, -1, 1, 0]][orientation - 1];
            pen.setTransform(a, b, c, d, a + c < 0 ? width : 0, b + d < 0 ? height : 0);
            pen.drawImage(picture, 0, 0);
            return pen.getImageData(0, 0, width, height).data;
          };
          const load = async address => {
            const picture = new Image();
            picture.src = address;
            await picture.decode();
            return picture;
          };
          // A moving picture goes on while it is drawn: its first frame is taken by itself.
          const firstFrame = async (bytes, type) => {
            if (type !== 'image/gif' && type !== 'image/webp') return null;
            const decoder = new ImageDecoder({ data: bytes, type });
            await decoder.tracks.ready;
            if (decoder.tracks.selectedTrack.frameCount < 2) return null;
            return (await decoder.decode({ frameIndex: 0 })).image;
          };
          const difference = (a, b) => {
            let sum = 0;
            for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
            return sum / (a.length * 3 / 4);
          };
          const results = [];
          for (const { content, type, orientation } of files) {
            const bytes = bytesOf(content);
            const answer = await fetch('/api/images', { method: 'POST', body: bytes });
            const taken = await answer.json();
            if (answer.status !== 201) {
              results.push({ trouble: `${answer.status}: ${taken.detail}` });
              continue;
            }
            try {
              const ours = await load(`/img/${taken.id}`);
              const [width, height] = [ours.naturalWidth, ours.naturalHeight];
              const whole = await load(URL.createObjectURL(new Blob([bytes], { type })));
              const theirs = await firstFrame(bytes, type) ?? whole;
              const alone = new OffscreenCanvas(width, height).getContext('2d');
              alone.drawImage(theirs, 0, 0);
              const seen = alone.getImageData(0, 0, width, height).data.some((value, i) => i % 4 === 3 && value > 0);
              const shown = paint(ours, width, height, '#f0f');
              const away = (ground, turn) => difference(shown, paint(theirs, width, height, ground, turn));
              // Browsers do not turn by every place that says how: then it is done here.
              const turns = [...new Set([1, orientation ?? 1])].filter(turn => {
                const size = [whole.naturalWidth, whole.naturalHeight];
                return (turn > 4 ? size.reverse() : size).join() === `${width},${height}`;
              });
              if (turns.length === 0)
                throw new Error(`${width} x ${height} in place of ${whole.naturalWidth} x ${whole.naturalHeight}`);
              results.push({
                seen,
                onWhite: Math.min(...turns.map(turn => away('#fff', turn))),
                onBlack: Math.min(...turns.map(turn => away('#000', turn))),
              });
            } catch (e) {
              results.push({ trouble: e.message });
            }
          }
          return JSON.stringify(results);
        }
        """;

    [Fact]
    public async Task Photo_OfEveryFileOfTheCorpus_LooksAsTheBrowserPaintsIt()
    {
        var folder = TestData.Require(TestData.Images, "The picture corpus");
        var rows = JsonNode.Parse(
            await File.ReadAllTextAsync(
                Path.Combine(folder, "expected.json"), TestContext.Current.CancellationToken))!["files"]!
            .AsArray().Where(row => row!["class"]!.GetValue<string>() == "decode")
            .Select(row => new Original(
                Path.Combine(folder, row!["file"]!.GetValue<string>()),
                row["expect"]!["exif_orientation"] is JsonNode turn ? turn.GetValue<int>() : 1))
            .Where(file => !Apart.ContainsKey(Path.GetFileName(file.Path))).ToList();
        Assert.SkipWhen(rows.Count == 0, "The corpus has no pictures to decode.");

        await ExpectSameAsync(rows);
    }

    [Fact]
    public async Task Photo_OfEveryReport_LooksAsTheBrowserPaintsIt()
    {
        var files = Directory.GetFiles(TestData.Reports).Where(file => TypeOf(file) is not null).Order().ToList();
        Assert.SkipWhen(files.Count == 0, "There are no reported pictures.");

        await ExpectSameAsync(files.ConvertAll(file => new Original(file, 1)));
    }

    private async Task ExpectSameAsync(List<Original> files)
    {
        await using var server = await ServerProcess.StartAsync(settings: new Dictionary<string, string>
        {
            ["Molmo__Images__UploadsPerMinute"] = "100000",
            ["Molmo__Images__VisitorMegabytes"] = "4096",
        });
        await using var visitor = await site.VisitAsync(server);
        await visitor.OpenAsync();
        var failures = new List<string>();
        var worst = 0.0;
        foreach (var batch in files.Chunk(Batch))
        {
            var contents = batch.Select(file => new
            {
                content = Convert.ToBase64String(Still(File.ReadAllBytes(file.Path))),
                type = TypeOf(file.Path),
                orientation = file.Orientation is >= 1 and <= 8 ? file.Orientation : 1,
            });
            var text = await visitor.Page.EvaluateAsync<string>(Compare, contents.ToArray());
            var results = JsonNode.Parse(text)!.AsArray();
            foreach (var (file, result) in batch.Zip(results))
            {
                if (result!["trouble"] is { } trouble)
                {
                    failures.Add($"{Path.GetFileName(file.Path)}: {trouble}");
                    continue;
                }
                var (white, black) = (result["onWhite"]!.GetValue<double>(), result["onBlack"]!.GetValue<double>());
                var difference = Math.Min(white, black);
                if (!result["seen"]!.GetValue<bool>() && difference > Near)
                {
                    output.WriteLine($"{Path.GetFileName(file.Path)}: the browser paints nothing of it.");
                    continue;
                }
                worst = Math.Max(worst, difference);
                if (difference > Near)
                    failures.Add(string.Create(
                        CultureInfo.InvariantCulture,
                        $"{Path.GetFileName(file.Path)}: {white:f1} on white, {black:f1} on black"));
            }
        }
        output.WriteLine($"{files.Count} files, {failures.Count} failures, at most {worst:f2} of 255 apart.");
        Assert.True(failures.Count == 0, string.Join('\n', failures.Prepend($"{failures.Count} of {files.Count}:")));
    }

    // As it says that it is to be turned, wherever it says so.
    private sealed record Original(string Path, int Orientation);

    private static string? TypeOf(string file) => Path.GetExtension(file).ToUpperInvariant() switch
    {
        ".PNG" or ".APNG" => "image/png",
        ".JPG" or ".JPEG" => "image/jpeg",
        ".WEBP" => "image/webp",
        ".GIF" => "image/gif",
        ".BMP" => "image/bmp",
        _ => null,
    };

    // Of a moving PNG the product takes the picture that a program without animation shows, as the model's code does.
    private static byte[] Still(byte[] file)
    {
        ReadOnlySpan<byte> signature = [0x89, (byte)'P', (byte)'N', (byte)'G'];
        if (!file.AsSpan().StartsWith(signature) || file.AsSpan().IndexOf("acTL"u8) < 0) return file;
        var still = new List<byte>(file[..8]);
        for (var at = 8; at + 12 <= file.Length;)
        {
            var length = (int)System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            var end = Math.Min(file.Length, at + 12 + length);
            if (Encoding.ASCII.GetString(file, at + 4, 4) is not ("acTL" or "fcTL" or "fdAT"))
                still.AddRange(file[at..end]);
            at = end;
        }
        return [.. still];
    }
}
