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
        Upload upload;
        try
        {
            upload = await reader.ReadBodyAsync(request, MostBytes, cancellationToken);
        }
        catch (ImageRefusedException e) when (e.Status == StatusCodes.Status413PayloadTooLarge)
        {
            throw new ApiException(StatusCodes.Status413PayloadTooLarge, "request_too_large",
                $"The body is larger than {MostBytes >> 20} MB, which holds a picture of "
                    + $"{ImageLimits.Default.MaxBytes >> 20} MB as base64. Send a smaller picture.");
        }
        try
        {
            return new OpenAiBody(JsonDocument.Parse(upload.Bytes), upload, HashOf(request, upload.Bytes.Span));
        }
        catch (JsonException e)
        {
            upload.Dispose();
            throw new ApiException(
                StatusCodes.Status400BadRequest, "invalid_json",
                $"The body is not valid JSON (line {(e.LineNumber ?? 0) + 1}).");
        }
    }

    public void Dispose()
    {
        _document.Dispose();
        _upload.Dispose();
    }

    private static string HashOf(HttpRequest request, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Path}\n{request.Headers[PointsHeader.Name]}\n"));
        hash.AppendData(body);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
