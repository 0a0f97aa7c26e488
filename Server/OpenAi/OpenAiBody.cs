using System.IO.Compression;
using System.Security.Cryptography;
using Molmo.Demo.Server.Images;

namespace Molmo.Demo.Server.OpenAi;

/// <summary>A request's JSON body in memory.</summary>
internal sealed class OpenAiBody : IDisposable
{
    // A picture of the largest size in base64, and room for the words around it.
    private static readonly long MostBytes = ImageLimits.Default.MaxBytes * 4 / 3 + (1 << 20);

    private readonly JsonDocument _document;
    private readonly Upload _upload;

    private OpenAiBody(JsonDocument document, Upload upload, string hash)
        => (_document, _upload, Hash) = (document, upload, hash);

    public JsonElement Root => _document.RootElement;

    /// <summary>Hash of all that decides about the reply.</summary>
    public string Hash { get; }

    /// <exception cref="ApiException">It is no JSON, or too large.</exception>
    /// <exception cref="ImageRefusedException">It did not arrive whole, or too many come at once.</exception>
    public static async Task<OpenAiBody> ReadAsync(
        HttpRequest request, UploadReader reader, CancellationToken cancellationToken)
    {
        if (!request.HasJsonContentType())
            throw new ApiException(
                StatusCodes.Status415UnsupportedMediaType, "not_json",
                "The body must be JSON: send Content-Type: application/json.");
        var encoding = JsonText.EncodingOf(request.ContentType);
        var upload = await ReceiveAsync(request, reader, cancellationToken);
        try
        {
            return new OpenAiBody(
                JsonDocument.Parse(JsonText.InUtf8(upload.Bytes, encoding)), upload,
                HashOf(request, upload.Bytes.Span));
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException)
        {
            upload.Dispose();
            throw new ApiException(StatusCodes.Status400BadRequest, "invalid_json", e is JsonException json
                ? $"The body is not valid JSON (line {(json.LineNumber ?? 0) + 1})."
                : "The body is not text in the encoding that it says it is in.");
        }
    }

    public void Dispose()
    {
        _document.Dispose();
        _upload.Dispose();
    }

    private static async Task<Upload> ReceiveAsync(
        HttpRequest request, UploadReader reader, CancellationToken cancellationToken)
    {
        var compressed = request.Body;
        await using var plain = Decompressed(compressed, request.Headers.ContentEncoding.ToString());
        try
        {
            request.Body = plain ?? compressed;
            return await reader.ReadBodyAsync(request, MostBytes, cancellationToken);
        }
        catch (ImageRefusedException e) when (e.Status == StatusCodes.Status413PayloadTooLarge)
        {
            throw new ApiException(StatusCodes.Status413PayloadTooLarge, "request_too_large",
                $"The body is larger than {MostBytes >> 20} MB, which holds a picture of "
                    + $"{ImageLimits.Default.MaxBytes >> 20} MB as base64. Send a smaller picture, and in one message "
                    + "of the conversation only.");
        }
        // What is cut or is no such data; Brotli says it in a way of its own.
        catch (Exception e) when (plain is not null
            && e is InvalidOperationException or ImageRefusedException { Status: StatusCodes.Status400BadRequest })
        {
            throw new ApiException(StatusCodes.Status400BadRequest, "invalid_encoding",
                "The body is not compressed in the way that Content-Encoding says, or did not arrive whole.");
        }
        finally
        {
            request.Body = compressed;
        }
    }

    /// <returns>Null where it is plain already.</returns>
    private static Stream? Decompressed(Stream body, string encoding) => encoding.Trim().ToUpperInvariant() switch
    {
        "" or "IDENTITY" => null,
        "GZIP" or "X-GZIP" => new GZipStream(body, CompressionMode.Decompress, leaveOpen: true),
        "DEFLATE" => new ZLibStream(body, CompressionMode.Decompress, leaveOpen: true),
        "BR" => new BrotliStream(body, CompressionMode.Decompress, leaveOpen: true),
        _ => throw new ApiException(StatusCodes.Status415UnsupportedMediaType, "unsupported_encoding",
            "The body may be plain or compressed with gzip, deflate or br.", "Content-Encoding"),
    };

    private static string HashOf(HttpRequest request, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Path}\n{request.Headers[PointsHeader.Name]}\n"));
        hash.AppendData(body);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
