namespace Molmo.Demo.Inference.Weights;

/// <summary>Reads a JSON file of a checkpoint; what goes wrong becomes one sentence with the file's name.</summary>
internal static class JsonFile
{
    private const int MaxDepth = 64;

    /// <param name="path">The file.</param>
    /// <param name="maxLength">Bytes above which it is not read.</param>
    /// <param name="read">Makes of the root element what is wanted; the element lives no longer than the call.</param>
    /// <exception cref="ModelFormatException">Missing, unreadable, too large, or not JSON.</exception>
    public static T Read<T>(string path, long maxLength, Func<JsonElement, T> read)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > maxLength)
                throw new ModelFormatException(path, null, $"the file has {stream.Length} bytes, above the limit of {maxLength}.");
            using var json = JsonDocument.Parse(stream, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return read(json.RootElement);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelFormatException(path, null, "the file is missing.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(path, null, $"the file cannot be read: {e.Message}", e);
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
    }
}
