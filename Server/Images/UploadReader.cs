using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Molmo.Demo.Server.Images;

/// <summary>A file as it arrived. Held in memory only: it may carry metadata that must never reach the disk.</summary>
internal sealed class Upload(UploadReader reader) : IDisposable
{
    private readonly MemoryStream _bytes = new();

    /// <summary>The file.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.GetBuffer().AsMemory(0, (int)_bytes.Length);

    /// <summary>Its name as text.</summary>
    public string Name { get; set; } = DisplayName.Of(null);

    public void Append(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);

    public void Dispose()
    {
        reader.Release(_bytes.Length);
        _bytes.SetLength(0);
    }
}

/// <summary>
/// Reads the body of an upload, raw or as a form, and gives up as soon as it is too large, too slow, or too many come
/// at once.
/// </summary>
internal sealed class UploadReader(ImageOptions options)
{
    private const int MaxSections = 16;
    private const int FormOverhead = 64 << 10;

    private readonly long _maxBytes = ImageLimits.Default.MaxBytes;
    private long _held;

    /// <exception cref="ImageRefusedException">The body is not one file within the limits.</exception>
    public Task<Upload> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
        => ReadAsync((upload, token) => MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
                ? ReadFormAsync(request, type, upload, token)
                : ReadRawAsync(request, upload, token), cancellationToken);

    /// <summary>
    /// Reads a whole body that is no file, with the same patience and from the same share of the memory.
    /// </summary>
    /// <exception cref="ImageRefusedException">It is larger, did not arrive whole, was too slow, or too many come at
    /// once.</exception>
    public Task<Upload> ReadBodyAsync(HttpRequest request, long maxBytes, CancellationToken cancellationToken)
        => ReadAsync((upload, token) => ReadWholeAsync(request, upload, maxBytes, token), cancellationToken);

    private async Task<Upload> ReadAsync(
        Func<Upload, CancellationToken, Task> read, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(options.UploadSeconds));
        var upload = new Upload(this);
        try
        {
            await read(upload, deadline.Token);
            return upload;
        }
        catch (Exception e)
        {
            upload.Dispose();
            if (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
                throw ImageRefusals.TooSlow();
            if (e is IOException or InvalidDataException) throw ImageRefusals.BrokenRequest(e.Message);
            throw;
        }
    }

    internal void Release(long bytes) => Interlocked.Add(ref _held, -bytes);

    private Task ReadRawAsync(HttpRequest request, Upload upload, CancellationToken cancellationToken)
    {
        upload.Name = DisplayName.OfHeader(request.Headers["X-File-Name"]);
        return ReadWholeAsync(request, upload, _maxBytes, cancellationToken);
    }

    private Task ReadWholeAsync(HttpRequest request, Upload upload, long maxBytes, CancellationToken cancellationToken)
        => request.ContentLength > maxBytes
            ? throw ImageRefusals.TooManyBytes(request.ContentLength)
            : CopyAsync(request.Body, upload, maxBytes, cancellationToken);

    private async Task ReadFormAsync(
        HttpRequest request, MediaTypeHeaderValue type, Upload upload, CancellationToken cancellationToken)
    {
        if (request.ContentLength > _maxBytes + FormOverhead) throw ImageRefusals.TooManyBytes(request.ContentLength);
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        if (string.IsNullOrEmpty(boundary)) throw ImageRefusals.NoFile();
        var form = new MultipartReader(boundary, request.Body) { BodyLengthLimit = _maxBytes + FormOverhead };
        for (var count = 0;
            count < MaxSections && await form.ReadNextSectionAsync(cancellationToken) is { } section; count++)
        {
            if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)
                || HeaderUtilities.RemoveQuotes(disposition.Name) != "file")
                continue;
            upload.Name = DisplayName.Of(HeaderUtilities.RemoveQuotes(
                disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value);
            await CopyAsync(section.Body, upload, _maxBytes, cancellationToken);
            return;
        }
        throw ImageRefusals.NoFile();
    }

    private async Task CopyAsync(Stream source, Upload upload, long maxBytes, CancellationToken cancellationToken)
    {
        var buffer = new byte[32 << 10];
        for (long total = 0; ;)
        {
            var read = await source.ReadAsync(buffer, cancellationToken);
            if (read == 0) return;
            total += read;
            if (total > maxBytes) throw ImageRefusals.TooManyBytes(null);
            upload.Append(buffer.AsSpan(0, read));
            if (Interlocked.Add(ref _held, read) > (long)options.ReceivingMegabytes << 20) throw ImageRefusals.Busy();
        }
    }
}
