using Microsoft.Win32.SafeHandles;

namespace Molmo.Demo.Inference;

/// <summary>Reads files of a checkpoint; what goes wrong becomes one sentence with the file's name.</summary>
internal static class ModelFile
{
    private const int MaxDepth = 64;

    /// <param name="path">The file.</param>
    /// <param name="read">Makes of it what is wanted; the handle is closed afterwards.</param>
    /// <exception cref="ModelFormatException">
    /// Missing or unreadable, something else in its place, or <paramref name="read"/> refuses it.</exception>
    public static T Open<T>(string path, Func<string, SafeFileHandle, T> read)
    {
        try
        {
            using var handle = File.OpenHandle(path);
            if (StandIn.In(handle) is { } standIn)
                throw new ModelFormatException(
                    path, null, $"this is {standIn.Name}, not the file itself. {standIn.Remedy}");
            return read(path, handle);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelFormatException(path, null, "the file is missing.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(path, null, $"the file cannot be read: {e.Message}", e);
        }
    }

    /// <param name="path">The file.</param>
    /// <param name="maxLength">Bytes above which it is not read.</param>
    /// <param name="read">Makes of the root element what is wanted; the element lives no longer than the call.</param>
    /// <exception cref="ModelFormatException">Missing, unreadable, too large, or not JSON.</exception>
    public static T ReadJson<T>(string path, long maxLength, Func<JsonElement, T> read)
        => Open(path, (_, handle) =>
        {
            using var stream = new FileStream(handle, FileAccess.Read);
            if (stream.Length > maxLength)
                throw new ModelFormatException(
                    path, null, $"the file has {stream.Length} bytes, above the limit of {maxLength}.");
            try
            {
                using var json = JsonDocument.Parse(stream, new JsonDocumentOptions { MaxDepth = MaxDepth });
                return read(json.RootElement);
            }
            catch (JsonException e)
            {
                throw new ModelFormatException(path, null, $"the file is not valid JSON (line {e.LineNumber + 1}).", e);
            }
            catch (InvalidOperationException e)
            {
                // Text is checked only when it is taken out of the document.
                throw new ModelFormatException(path, null, "the file holds text that is not valid Unicode.", e);
            }
        });
}
