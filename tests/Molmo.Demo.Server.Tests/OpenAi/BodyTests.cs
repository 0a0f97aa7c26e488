using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Molmo.Demo.Inference.Tests.Imaging;

namespace Molmo.Demo.Server.Tests.OpenAi;

/// <summary>Bodies and pictures in the encodings in which clients send them.</summary>
public sealed class BodyTests
{
    private const string Question = """{"messages":[{"role":"user","content":"Où est-il – 猫?"}]}""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string Base64 => OpenAiCalls.Picture["data:image/png;base64,".Length..];

    [Theory]
    [InlineData("utf-8", true, "application/json")]
    [InlineData("utf-8", false, "application/json; charset=utf-8")]
    [InlineData("utf-8", true, "application/json;charset=\"UTF8\"")]
    [InlineData("utf-8", false, "application/vnd.api+json")]
    [InlineData("utf-16", true, "application/json; charset=utf-16")]
    [InlineData("utf-16", false, "application/json; charset=utf-16le")]
    [InlineData("utf-16BE", true, "application/json")]
    [InlineData("utf-32", true, "application/json; charset=utf-8")]
    public async Task Complete_BodyInAnEncoding_IsRead(string encoding, bool hasMark, string type)
    {
        await using var chat = await OpenAiCalls.StartAsync("Yes.");
        using var program = chat.Program();
        var known = Encoding.GetEncoding(encoding);

        using var response =
            await SendAsync(program, [.. hasMark ? known.GetPreamble() : [], .. known.GetBytes(Question)], type);

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("Où est-il – 猫?", Assert.Single(chat.Model.Asked).Text);
    }

    [Theory]
    [InlineData("application/json; charset=utf-7", 415, "unsupported_charset")]
    [InlineData("application/json; charset=klingon", 415, "unsupported_charset")]
    [InlineData("application/json; charset=utf-16", 400, "invalid_json")]
    [InlineData("text/plain", 415, "not_json")]
    [InlineData(null, 415, "not_json")]
    public async Task Complete_BodyOfAnotherKind_IsRefusedInWords(string? type, int status, string code)
    {
        await using var chat = await OpenAiCalls.StartAsync();
        using var program = chat.Program();
        using var response = await SendAsync(program, Encoding.UTF8.GetBytes(Question), type);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(code, (await response.ErrorAsync()).Code);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("identity")]
    public async Task Complete_CompressedBody_IsRead(string encoding)
    {
        await using var chat = await OpenAiCalls.StartAsync("Yes.");
        using var program = chat.Program();
        using var response = await SendAsync(
            program, Compress(Encoding.UTF8.GetBytes(Question), encoding), "application/json", encoding);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("Où est-il – 猫?", Assert.Single(chat.Model.Asked).Text);
    }

    [Fact]
    public async Task Complete_CompressedWithoutEndOrInAnotherWay_IsRefused()
    {
        await using var chat = await OpenAiCalls.StartAsync();
        using var program = chat.Program();
        using var other = await SendAsync(program, [1, 2, 3], "application/json", "zstd");
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "unsupported_encoding"),
            (other.StatusCode, (await other.ErrorAsync()).Code));
        using var broken = await SendAsync(program, [1, 2, 3], "application/json", "gzip");
        Assert.Equal(HttpStatusCode.BadRequest, broken.StatusCode);
        await broken.ErrorAsync();
        // 40 MB of spaces in 40 kB.
        using var bomb = await SendAsync(program, Compress(Encoding.UTF8.GetBytes(new string(' ', 40 << 20)), "gzip"),
            "application/json", "gzip");
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "request_too_large"),
            (bomb.StatusCode, (await bomb.ErrorAsync()).Code));
    }

    public static TheoryData<string, Func<string, string>> Addresses => new()
    {
        { "without padding", base64 => "data:image/png;base64," + base64.TrimEnd('=') },
        { "letters for addresses", base64 => "data:image/png;base64," + base64.Replace('+', '-').Replace('/', '_') },
        { "both", base64 => "data:image/png;base64," + base64.TrimEnd('=').Replace('+', '-').Replace('/', '_') },
        { "lines", base64 => "data:image/png;base64,\r\n"
            + string.Join("\r\n", base64.Chunk(76).Select(line => new string(line))) },
        { "lines without padding", base64 => " data:image/png;base64, "
            + string.Join("\n", base64.TrimEnd('=').Chunk(64).Select(line => new string(line))) + "\n" },
        { "upper case", base64 => "DATA:IMAGE/PNG;BASE64," + base64 },
        { "no type", base64 => "data:;base64," + base64 },
        { "no type at all", base64 => "data:base64," + base64 },
        { "charset", base64 => "data:image/png;charset=utf-8;base64," + base64 },
        { "name", base64 => "data:image/png;name=\"a b.png\";base64," + base64 },
        { "base64 before the charset", base64 => "data:image/png;base64;charset=utf-8," + base64 },
        { "spaces in the head", base64 => "data: image/png ; base64 ," + base64 },
        { "percent", base64 => "data:image/png;base64," + Uri.EscapeDataString(base64) },
        { "another type than it is", base64 => "data:image/jpeg;base64," + base64 },
    };

    [Theory]
    [MemberData(nameof(Addresses), DisableDiscoveryEnumeration = true)]
    public async Task Complete_DataUrlAsClientsWriteIt_IsThePicture(string name, Func<string, string> write)
    {
        await using var chat = await OpenAiCalls.StartAsync("Yes.");
        using var program = chat.Program();
        // A length that needs padding.
        var padded = Convert.ToBase64String([.. Convert.FromBase64String(Base64), .. Padding()]);
        Assert.EndsWith("=", padded, StringComparison.Ordinal);

        using var response = await program.AskAsync(OpenAiCalls.Question(picture: write(padded)));

        Assert.True(response.IsSuccessStatusCode,
            $"{name}: {await response.Content.ReadAsStringAsync(Cancel)}");
        Assert.NotNull(Assert.Single(chat.Model.Asked).Image);

        static byte[] Padding() => new byte[Convert.FromBase64String(Base64).Length % 3 == 2 ? 2 : 1];
    }

    [Theory]
    [InlineData("""{"type":"image_url","image_url":"URL"}""")]
    [InlineData("""{"type":"input_image","image_url":"URL","detail":"auto"}""")]
    [InlineData("""{"type":"input_image","image_url":{"url":"URL"}}""")]
    public async Task Complete_PicturePartOfAnotherForm_IsThePicture(string part)
    {
        await using var chat = await OpenAiCalls.StartAsync("Yes.");
        using var program = chat.Program();
        using var response = await program.AskAsync(JsonNode.Parse($$"""
            {"messages":[{"role":"user","content":[
             {{part.Replace("URL", OpenAiCalls.Picture, StringComparison.Ordinal)}},"What is it?"]}]}
            """)!);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
        Assert.NotNull(Assert.Single(chat.Model.Asked).Image);
    }

    public static TheoryData<string, byte[]> Types => new()
    {
        { "webp", WebpFile.Riff(WebpFile.Picture(2, 1, (x, _) => x == 0)) },
        { "gif", GifFile.Make(2, 1, GifFile.Frame(0, 0, 2, 1, 2, 0)) },
        { "bmp", BmpFile.Make(2, 1, 24, 0, [], [0, 255, 0, 0, 0, 0, 0, 0]) },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Complete_TypeThatTheServerReads_IsThePicture(string type, byte[] file)
    {
        await using var chat = await OpenAiCalls.StartAsync("Yes.");
        using var program = chat.Program();
        using var response = await program.AskAsync(OpenAiCalls.Question(
            picture: $"data:image/{type};base64,{Convert.ToBase64String(file)}"));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
        Assert.NotNull(Assert.Single(chat.Model.Asked).Image);
    }

    [Theory]
    [InlineData("image/heic", "\0\0\0\u0018ftypheic\0\0\0\0mif1heic")]
    [InlineData("image/avif", "\0\0\0\u0018ftypavif\0\0\0\0mif1avif")]
    [InlineData("image/tiff", "II*\0\u0008\0\0\0\0\0\0\0\0\0")]
    [InlineData("image/svg+xml", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>")]
    [InlineData("application/pdf", "%PDF-1.7\n%%EOF\n")]
    [InlineData("image/png", "hello, this is no picture")]
    public async Task Complete_TypeThatNobodyReads_IsRefusedInWordsForPrograms(string type, string start)
    {
        await using var chat = await OpenAiCalls.StartAsync();
        using var program = chat.Program();
        using var response = await program.AskAsync(OpenAiCalls.Question(
            picture: $"data:{type};base64,{Convert.ToBase64String(Encoding.Latin1.GetBytes(start))}"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        var error = await response.ErrorAsync();
        Assert.Equal("picture_type_unsupported", error.Code);
        Assert.DoesNotContain("browser", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("JPEG, PNG, WebP, GIF", error.Message, StringComparison.Ordinal);
    }

    private static byte[] Compress(byte[] bytes, string encoding)
    {
        if (encoding == "identity") return bytes;
        using var target = new MemoryStream();
        using (Stream stream = encoding switch
        {
            "gzip" => new GZipStream(target, CompressionLevel.Fastest),
            "br" => new BrotliStream(target, CompressionLevel.Fastest),
            _ => new ZLibStream(target, CompressionLevel.Fastest),
        }) stream.Write(bytes);
        return target.ToArray();
    }

    private static async Task<HttpResponseMessage> SendAsync(
        HttpClient program, byte[] body, string? type, string? encoding = null)
    {
        using var content = new ByteArrayContent(body);
        if (type is not null) content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        if (encoding is not null) content.Headers.ContentEncoding.Add(encoding);
        return await program.PostAsync("/v1/chat/completions", content, Cancel);
    }
}
