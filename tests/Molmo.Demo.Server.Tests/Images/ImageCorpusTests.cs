using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Tests.Images;

/// <summary>The corpus over HTTP: a sample of it, the files with EXIF, and the hostile file names.</summary>
public sealed class ImageCorpusTests
{
    private const int SampleSize = 200;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Slow]
    [Fact]
    public async Task Upload_SampleOfTheCorpus_IsAPictureOrAClearRefusal()
    {
        var corpus = TestData.Require(TestData.Images, "The pictures of the corpus");
        var files = Expectations(corpus).ToList();
        // Evenly over all folders, the same ones each time; decode and refuse rows say what must happen.
        var step = Math.Max(1, files.Count / SampleSize);
        await using var app = new MolmoApplication(("Molmo:Images:VisitorMegabytes", "4096"));
        using var person = app.AsNewVisitor();
        var failures = new List<string>();

        foreach (var file in files.Where((_, index) => index % step == 0))
        {
            var name = file.Text("file");
            using var response = await person.PostImageAsync(
                await File.ReadAllBytesAsync(Path.Combine(corpus, name), Cancellation), name);
            var isTaken = response.StatusCode == HttpStatusCode.Created;
            // Of a wrong checksum alone the corpus says otherwise.
            var hasRemark = isTaken && JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!["remark"]
                is not null;
            var isRefused = response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge
                or HttpStatusCode.UnsupportedMediaType or HttpStatusCode.UnprocessableEntity;
            if (isRefused) await response.RefusalAsync();
            var mustBeTaken = file.Text("class") == "decode"
                && file["expect"]?["format"]?.GetValue<string>() is "PNG" or "JPEG" or "WEBP" or "GIF";
            var mustBeRefused = file.Text("class") == "refuse";
            if ((!isTaken && !isRefused) || (mustBeTaken && !isTaken) || (mustBeRefused && !isRefused && !hasRemark))
                failures.Add($"{name} ({file.Text("class")}): {(int)response.StatusCode}");
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures.Take(20)));
    }

    [Fact]
    public async Task Upload_EveryBombAtOnce_LeavesRoomForOthers()
    {
        var corpus = TestData.Require(TestData.Images, "The pictures of the corpus");
        var bombs = Expectations(corpus).Select(file => file.Text("file")).Where(file =>
            file.Contains("bomb_", StringComparison.Ordinal) || file.Contains("/hdr_", StringComparison.Ordinal))
            .ToList();
        Assert.SkipWhen(bombs.Count == 0, "This corpus has no bombs.");
        await using var app = new MolmoApplication();
        using var attacker = app.AsNewVisitor();
        using var person = app.AsNewVisitor();

        var attacks = Enumerable.Range(0, 20).Select(index => bombs[index % bombs.Count])
            .Select(async file => (File: file, Response: await attacker.PostImageAsync(
                await File.ReadAllBytesAsync(Path.Combine(corpus, file), Cancellation), file)))
            .ToList();
        await person.UploadAsync(Rasters.Png());

        foreach (var (file, response) in await Task.WhenAll(attacks))
            using (response)
                Assert.True(response.StatusCode < HttpStatusCode.InternalServerError, $"{file}: {response.StatusCode}");
    }

    [Slow]
    [Fact]
    public async Task Upload_EveryOrientation_IsStoredUpright()
    {
        var corpus = TestData.Require(TestData.Images, "The pictures of the corpus");
        var files = Expectations(corpus).Where(file => file.Text("file").StartsWith("exif/", StringComparison.Ordinal)
            && file.Text("class") == "decode" && file["expect"]?["format"]?.GetValue<string>() == "JPEG").ToList();
        Assert.SkipWhen(files.Count == 0, "This corpus has no JPEG files with EXIF orientation.");
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();

        foreach (var file in files)
        {
            var name = file.Text("file");
            var source = await File.ReadAllBytesAsync(Path.Combine(corpus, name), Cancellation);
            var info = await person.UploadAsync(source, name);
            var (width, height) =
                (file["expect"]!["width"]!.GetValue<int>(), file["expect"]!["height"]!.GetValue<int>());
            Assert.Equal(
                (name, width, height), (name, info["width"]!.GetValue<int>(), info["height"]!.GetValue<int>()));

            var stored = ImageDecoder.Decode(await person.GetByteArrayAsync($"/img/{info.Text("id")}", Cancellation),
                DecoderLimits.Default, Cancellation);
            Assert.Equal((name, width, height), (name, stored.Width, stored.Height));
            AssertGrid(name, file["expect"]!["grid16"]!.GetValue<string>(), stored);
        }
    }

    [Fact]
    public async Task Upload_PhotoWithPlaceAndSerialNumber_KeepsNoneOfIt()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var photo = await File.ReadAllBytesAsync(Path.Combine(TestData.Samples, "scene-04.jpg"), Cancellation);
        var marked = Rasters.WithCanary(photo);
        var canaries = new List<string> { Rasters.Canary };

        var info = await person.UploadAsync(marked, "holiday.jpg");
        Assert.Equal((720, 960), (info["width"]!.GetValue<int>(), info["height"]!.GetValue<int>()));
        var served = new List<byte[]>
        {
            await person.GetByteArrayAsync($"/img/{info.Text("id")}", Cancellation),
            Encoding.UTF8.GetBytes(info.ToJsonString())
        };
        if (TestData.Images is { } corpus)
        {
            canaries.Add("CANARY");
            foreach (var file in Expectations(corpus))
            {
                var source = await File.ReadAllBytesAsync(Path.Combine(corpus, file.Text("file")), Cancellation);
                if (source.AsSpan().IndexOf("CANARY"u8) < 0) continue;
                using var response = await person.PostImageAsync(source, "a.jpg");
                served.Add(await response.Content.ReadAsByteArrayAsync(Cancellation));
                if (response.StatusCode != HttpStatusCode.Created) continue;
                served.Add(await person.GetByteArrayAsync($"/img/{JsonNode.Parse(served[^1])!["id"]}", Cancellation));
            }
        }

        var written = Directory.GetFiles(app.Data, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != "lock").Select(ReadShared);
        foreach (var bytes in written.Concat(served))
            foreach (var canary in canaries)
                Assert.False(
                    bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(canary)) >= 0, "Metadata of a photo was kept.");
    }

    [Fact]
    public async Task Upload_HostileNames_AreTextAndNeverPaths()
    {
        var list = Path.Combine(TestData.Hostile, "filenames.json");
        Assert.SkipUnless(File.Exists(list), "This hostile set has no file names.");
        var names = JsonNode.Parse(await File.ReadAllTextAsync(list, Cancellation))!["names"]!
            .AsArray().Select(name => name!.GetValue<string>()).ToList();
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var hash = (await person.UploadAsync(Rasters.Png())).Text("contentHash");

        foreach (var name in names)
        {
            var shown = (await person.UploadAsync(Rasters.Png(), WellFormed(name))).Text("name");
            AssertPlain(shown);
            using var file = new ByteArrayContent(Rasters.Png());
            using var form = new MultipartFormDataContent("boundary-of-the-test") { { file, "file", "x" } };
            // As a browser writes it: quotes and line ends percent-encoded, the rest as UTF-8.
            file.Headers.Remove("Content-Disposition");
            var encoded = WellFormed(name).Replace("\"", "%22", StringComparison.Ordinal)
                .Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);
            file.Headers.TryAddWithoutValidation(
                "Content-Disposition", $"form-data; name=\"file\"; filename=\"{encoded}\"");
            using var response = await person.PostAsync("/api/images", form, Cancellation);
            Assert.True(response.StatusCode is HttpStatusCode.Created or HttpStatusCode.BadRequest,
                $"{name}: {response.StatusCode}");
        }

        Assert.Equal([hash], app.ImageFiles.Select(Path.GetFileName));
        using var connection = app.Database.Open();
        foreach (var stored in connection.Query<string>("SELECT name FROM images")) AssertPlain(stored);
    }

    private static void AssertPlain(string name)
    {
        Assert.InRange(name.Length, 1, 240);
        Assert.DoesNotContain(
            name, c => char.IsControl(c) || c is '/' or '\\' or '\u202e' or '\u2066' or '\u200b' or '\ufeff');
    }

    // JSON may hold lone surrogates; no HTTP client sends them.
    private static string WellFormed(string name) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name));

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static IEnumerable<JsonObject> Expectations(string corpus)
        => JsonNode.Parse(File.ReadAllText(Path.Combine(corpus, "expected.json")))!["files"]!
            .AsArray().Select(file => file!.AsObject());

    // The corpus' own rule for JPEG: every cell within 2. The stored copy must still fulfil it.
    private static void AssertGrid(string name, string expected, RgbImage image)
    {
        var cells = Convert.FromHexString(expected);
        for (var row = 0; row < 16; row++)
            for (var column = 0; column < 16; column++)
            {
                var (top, bottom) = Range(row, image.Height);
                var (left, right) = Range(column, image.Width);
                for (var channel = 0; channel < 3; channel++)
                {
                    long sum = 0;
                    for (var y = top; y < bottom; y++)
                        for (var x = left; x < right; x++) sum += image.Pixels[(((y * image.Width) + x) * 3) + channel];
                    var count = (long)(bottom - top) * (right - left);
                    var mean = (int)(((2 * sum) + count) / (2 * count));
                    Assert.True(Math.Abs(mean - cells[(((row * 16) + column) * 3) + channel]) <= 2,
                        $"{name}: cell {row}, {column}, channel {channel}");
                }
            }

        static (int Start, int End) Range(int cell, int size)
        {
            var start = cell * size / 16;
            return (start, Math.Max((cell + 1) * size / 16, start + 1));
        }
    }
}
