using System.Net;
using System.Net.Http.Headers;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Tests.Imaging;

namespace Molmo.Demo.Server.Tests.Images;

public sealed class UploadTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("scene-03.png")]
    [InlineData("scene-04.jpg")]
    public async Task Upload_Photo_KeepsEveryPixelForItsOwner(string file)
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var source = ImageDecoder.Decode(
            await File.ReadAllBytesAsync(Path.Combine(TestData.Samples, file), Cancellation), DecoderLimits.Default,
            Cancellation);

        var info = await person.UploadSampleAsync(file);
        using var response = await person.GetAsync($"/img/{info.Text("id")}", Cancellation);

        Assert.Equal(source.Width, info["width"]!.GetValue<int>());
        Assert.Equal(source.Height, info["height"]!.GetValue<int>());
        Assert.Equal(file, info.Text("name"));
        Assert.Equal("image/png", response.Content.Headers.ContentType?.ToString());
        var bytes = await response.Content.ReadAsByteArrayAsync(Cancellation);
        Assert.Equal(
            info.Text("contentHash"), Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)));
        Assert.Equal(source.Pixels, ImageDecoder.Decode(bytes, DecoderLimits.Default, Cancellation).Pixels);
    }

    [Fact]
    public async Task Upload_LargeJpeg_IsStoredAsJpegAndThatIsThePicture()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var photo = ImageScaler.Resize(
            ImageDecoder.Decode(
                await File.ReadAllBytesAsync(Path.Combine(TestData.Samples, "scene-04.jpg"), Cancellation),
                DecoderLimits.Default, Cancellation),
            1600, 1200);
        using var jpeg = new MemoryStream();
        JpegEncoder.Encode(photo, 90, jpeg);

        var info = await person.UploadAsync(jpeg.ToArray(), "large.jpg");
        using var response = await person.GetAsync($"/img/{info.Text("id")}", Cancellation);

        Assert.Equal("image/jpeg", response.Content.Headers.ContentType?.ToString());
        var stored = ImageDecoder.Decode(
            await response.Content.ReadAsByteArrayAsync(Cancellation), DecoderLimits.Default, Cancellation);
        Assert.Equal((1600, 1200), (stored.Width, stored.Height));
        var loaded = await app.Store.LoadAsync(app.OwnerOf(info.Text("id")), new(info.Text("id")), Cancellation);
        Assert.Equal(stored.Pixels, loaded!.Pixels);
    }

    public static TheoryData<string, byte[]> YoungerTypes() => new()
    {
        { "a.webp", WebpFile.Riff(WebpFile.Canvas(2, 1, flags: 12), WebpFile.Picture(2, 1, (x, _) => x == 0),
            WebpFile.Chunk("EXIF", CanaryBytes), WebpFile.Chunk("XMP ", CanaryBytes)) },
        { "a.gif", GifFile.Make(
            2, 1, GifFile.Comment(CanaryBytes), GifFile.Frame(0, 0, 2, 1, 2, 0), GifFile.Comment(CanaryBytes)) },
        { "a.bmp", BmpFile.Make(2, 1, 24, 0, [], [0, 255, 0, 0, 0, 0, 0, 0, .. CanaryBytes]) },
    };

    private static byte[] CanaryBytes => Encoding.ASCII.GetBytes(Rasters.Canary);

    [Slow]
    [Theory]
    [MemberData(nameof(YoungerTypes))]
    public async Task Upload_WebpGifOrBmp_IsStoredAsPngWithoutItsMetadata(string name, byte[] file)
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();

        var info = await person.UploadAsync(file, name);
        using var response = await person.GetAsync($"/img/{info.Text("id")}", Cancellation);

        Assert.Equal("image/png", response.Content.Headers.ContentType?.ToString());
        var bytes = await response.Content.ReadAsByteArrayAsync(Cancellation);
        Assert.True(bytes.AsSpan().IndexOf(CanaryBytes) < 0, "Metadata was kept.");
        var stored = ImageDecoder.Decode(bytes, DecoderLimits.Default, Cancellation);
        Assert.Equal((2, 1), (stored.Width, stored.Height));
        Assert.True(stored.Pixels[1] >= 200 && stored.Pixels[4] <= 10, "These are not its pixels.");
        using var small = await person.GetAsync($"/img/{info.Text("id")}/small", Cancellation);
        Assert.Equal(HttpStatusCode.OK, small.StatusCode);
    }

    [Fact]
    public async Task Upload_WebpThatAsksForAGigabyte_IsRefusedAndTheNextPhotoIsTaken()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();

        using var response = await person.PostImageAsync(WebpFile.Bomb(), "small.webp");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.StartsWith(
            "This WebP would take far more work", await response.RefusalAsync(), StringComparison.Ordinal);
        await person.UploadAsync(Rasters.Png());
    }

    [Fact]
    public async Task Upload_Form_IsTakenFromTheFieldFile()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var other = new StringContent("ignored");
        using var file = new ByteArrayContent(Rasters.Png());
        using var form = new MultipartFormDataContent { { other, "note" }, { file, "file", "ein Foto.png" } };

        using var response = await person.PostAsync("/api/images", form, Cancellation);

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("ein Foto.png", (await response.JsonAsync()).Text("name"));
    }

    [Fact]
    public async Task Upload_FormWithoutFile_IsABadRequest()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var other = new StringContent("ignored");
        using var form = new MultipartFormDataContent { { other, "note" } };

        using var response = await person.PostAsync("/api/images", form, Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        await response.RefusalAsync();
    }

    [Fact]
    public async Task Upload_FormCutOff_IsABadRequest()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var cut = new ByteArrayContent(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n\u0089PNG"u8.ToArray());
        cut.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");

        using var response = await person.PostAsync("/api/images", cut, Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        await response.RefusalAsync();
    }

    [Fact]
    public async Task Upload_MoreThanTheLimit_NamesBothSizes()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();

        using var response = await person.PostImageAsync(new byte[34 << 20]);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal(
            "This photo is 34 MB. The limit is 20 MB - crop it or save a smaller copy.", await response.RefusalAsync());
        Assert.Empty(app.ImageFiles);
    }

    [Fact]
    public async Task Upload_EndlessBody_IsRefusedBeforeItIsRead()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        await using var endless = new EndlessStream();
        using var content = new StreamContent(endless);

        using var response = await person.PostAsync("/api/images", content, Cancellation);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("20 MB", await response.RefusalAsync(), StringComparison.Ordinal);
        Assert.InRange(endless.Position, 20L << 20, 30L << 20);
    }

    [Fact]
    public async Task Upload_TooManyPixels_IsRefusedFromTheHeader()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var header = Rasters.Png(1, 1);
        // 9000 x 9000 in IHDR; the checksum after it is of no use to a header that is refused.
        (header[18], header[19], header[22], header[23]) = (9000 >> 8, 9000 & 0xff, 9000 >> 8, 9000 & 0xff);
        FixChecksum(header);

        using var response = await person.PostImageAsync(header);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("This picture is 9000 x 9000 (81 megapixels). The limit is 64. Please shrink it.",
            await response.RefusalAsync());
    }

    [Fact]
    public async Task Upload_Empty_IsNotAPicture()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();

        using var response = await person.PostImageAsync([]);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        await response.RefusalAsync();
    }

    [Fact]
    public async Task Upload_Heic_SaysWhatToDo()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();

        using var response = await person.PostImageAsync([0, 0, 0, 24, .. "ftypheic"u8, .. new byte[64]], "IMG_1.HEIC");

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Contains("Most Compatible", await response.RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upload_CutOff_IsIncomplete()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var whole = await File.ReadAllBytesAsync(Path.Combine(TestData.Samples, "scene-03.png"), Cancellation);

        using var response = await person.PostImageAsync(whole[..(whole.Length / 4)]);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        Assert.Contains("PNG", await response.RefusalAsync(), StringComparison.Ordinal);
        Assert.Empty(app.ImageFiles);
    }

    [Fact]
    public async Task Upload_WrongNameAndType_ContentDecides()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var content = new ByteArrayContent(Rasters.Png());
        content.Headers.ContentType = new MediaTypeHeaderValue("text/html");

        using var response = await person.PostAsync("/api/images", content, Cancellation);
        using var shown = await person.GetAsync($"/img/{(await response.JsonAsync()).Text("id")}", Cancellation);

        Assert.Equal("image/png", shown.Content.Headers.ContentType?.ToString());
    }

    [Fact]
    public async Task Upload_FasterThanTheLimit_IsAskedToWait()
    {
        await using var app = new MolmoApplication(("Molmo:Images:UploadsPerMinute", "2"));
        using var person = app.AsNewVisitor();
        using var other = app.AsNewVisitor();
        await person.UploadAsync(Rasters.Png());
        await person.UploadAsync(Rasters.Png());

        using var third = await person.PostImageAsync(Rasters.Png());

        Assert.Equal(HttpStatusCode.TooManyRequests, third.StatusCode);
        Assert.InRange(third.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        await third.RefusalAsync();
        await other.UploadAsync(Rasters.Png());
    }

    [Fact]
    public async Task Upload_OverTheVisitorsShare_IsRefusedUntilOneIsDeleted()
    {
        await using var app = new MolmoApplication(("Molmo:Images:VisitorMegabytes", "1"));
        using var person = app.AsNewVisitor();
        var first = await person.UploadAsync(Rasters.NoisePng(512, 512, seed: 1));

        using var second = await person.PostImageAsync(Rasters.NoisePng(512, 512, seed: 2));
        Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
        Assert.Contains("1 MB", await second.RefusalAsync(), StringComparison.Ordinal);
        Assert.Single(app.ImageFiles);

        using var deleted = await person.DeleteAsync($"/api/images/{first.Text("id")}", Cancellation);
        await person.UploadAsync(Rasters.NoisePng(512, 512, seed: 2));
    }

    [Fact]
    public async Task Upload_MoreAtOnceThanMemoryAllows_IsRefusedWithRetryAfter()
    {
        await using var app = new MolmoApplication(("Molmo:Images:ReceivingMegabytes", "20"));
        using var person = app.AsNewVisitor();
        using var slow = new SlowContent(firstBytes: 15 << 20);
        var holding = person.PostAsync("/api/images", slow, Cancellation);
        await slow.FirstBytesSent;

        using var second = await person.PostImageAsync(new byte[15 << 20]);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
        await second.RefusalAsync();
        slow.Finish();
        using var first = await holding;
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, first.StatusCode);
        await person.UploadAsync(Rasters.Png());
    }

    private static void FixChecksum(byte[] png)
    {
        var checksum = ~0u;
        for (var i = 12; i < 29; i++)
        {
            checksum ^= png[i];
            for (var bit = 0; bit < 8; bit++)
                checksum = (checksum & 1) != 0 ? (checksum >> 1) ^ 0xedb88320u : checksum >> 1;
        }
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), ~checksum);
    }

    /// <summary>Gives zeros for ever and counts them.</summary>
    private sealed class EndlessStream : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get; set; }
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count)
        {
            Position += count;
            return count;
        }
    }

    /// <summary>Sends its first bytes, then waits to be told to end.</summary>
    private sealed class SlowContent(int firstBytes) : HttpContent
    {
        private readonly TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _finish = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task FirstBytesSent => _sent.Task;

        public void Finish() => _finish.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(new byte[firstBytes]);
            await stream.FlushAsync();
            _sent.SetResult();
            await _finish.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
