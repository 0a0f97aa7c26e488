using System.Security.Cryptography;

namespace Molmo.Demo.Lab.Data.PixMo;

/// <summary>
/// Finds the pictures of rows in a folder, without its folders. A name from a table is only ever compared with those of
/// the files that are there, so that it leads nowhere else.
/// </summary>
internal sealed class PictureFolder
{
    private readonly Dictionary<string, string> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _byStem = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _hashes = new(StringComparer.Ordinal);

    private PictureFolder()
    {
    }

    /// <summary>Has no picture.</summary>
    public static PictureFolder None => new();

    /// <exception cref="CommandException">There is no such folder, or it may not be read.</exception>
    public static PictureFolder Open(string folder)
    {
        if (!Directory.Exists(folder)) throw new CommandException($"There is no folder {folder}.");
        var pictures = new PictureFolder();
        try
        {
            foreach (var file in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
            {
                pictures._byName[Path.GetFileName(file)] = file;
                pictures._byStem.TryAdd(Path.GetFileNameWithoutExtension(file).ToLowerInvariant(), file);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The folder {folder} cannot be read: {e.Message}", e);
        }

        return pictures;
    }

    /// <summary>
    /// The path of a row's picture: named by the hash of the picture, by the hash of where it came from, or as it was
    /// named there. Many pictures of the Web share their last name, so that one found by that must have the hash, where
    /// the row has one.
    /// </summary>
    /// <param name="source">Its URL, or what else the table names it by.</param>
    /// <param name="hash">SHA-256 of the picture's file in hexadecimal, if it is known.</param>
    public string? Find(string? source, string? hash)
    {
        if (hash is not null && _byStem.TryGetValue(hash.ToLowerInvariant(), out var found)) return found;
        if (source is null) return null;
        if (_byStem.TryGetValue(Hex(SHA256.HashData(Encoding.UTF8.GetBytes(source))), out found)) return found;
        var name = LastPart(source);
        if (!_byName.TryGetValue(name, out found) && !_byStem.TryGetValue(name.ToLowerInvariant(), out found))
            return null;
        return hash is null || hash.Equals(HashOf(found), StringComparison.OrdinalIgnoreCase) ? found : null;
    }

    private static string LastPart(string source)
    {
        var path = Uri.TryCreate(source, UriKind.Absolute, out var url) ? url.AbsolutePath : source;
        return Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]);
    }

    private string HashOf(string path)
    {
        if (_hashes.TryGetValue(path, out var hash)) return hash;
        try
        {
            using var file = File.OpenRead(path);
            return _hashes[path] = Hex(SHA256.HashData(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The file {path} cannot be read: {e.Message}", e);
        }
    }

    private static string Hex(byte[] hash) => Convert.ToHexStringLower(hash);
}
