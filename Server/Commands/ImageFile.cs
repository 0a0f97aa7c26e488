using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Server.Commands;

/// <summary>Reads pictures named on the command line.</summary>
internal static class ImageFile
{
    /// <exception cref="CommandException">There is no such file, or it is not a picture that can be read.</exception>
    public static async Task<RgbImage> LoadAsync(string path, CancellationToken cancellationToken)
        => Decode(path, await ReadAsync(path, cancellationToken), cancellationToken);

    /// <exception cref="CommandException">There is no such file, or it may not be read.</exception>
    public static async Task<byte[]> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllBytesAsync(path, cancellationToken);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CommandException($"There is no file {path}.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The file {path} cannot be read: {e.Message}", e);
        }
    }

    /// <exception cref="CommandException">It is not a picture that can be read.</exception>
    public static RgbImage Decode(string path, byte[] file, CancellationToken cancellationToken)
    {
        try
        {
            return ImageDecoder.Decode(file, DecoderLimits.Default, cancellationToken);
        }
        catch (InvalidImageException e)
        {
            throw new CommandException($"The picture {path} cannot be used: {e.Message}", e);
        }
    }
}
