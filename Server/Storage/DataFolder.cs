namespace Molmo.Demo.Server.Storage;

/// <summary>The one folder this process writes to, held by a lock file for as long as it runs.</summary>
public sealed partial class DataFolder : IDisposable
{
    private const int Attempts = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly FileStream _lock;

    /// <exception cref="StartupException">The folder cannot be written, or another process holds it.</exception>
    public DataFolder(string path)
    {
        Root = Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(Root);
            Directory.CreateDirectory(Pictures);
            Directory.CreateDirectory(Keys);
            _lock = Hold(Path.Combine(Root, "lock"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                $"The data folder {Root} cannot be written ({e.Message.TrimEnd('.')}). "
                    + $"Choose another with --data or Molmo__Data.",
                e);
        }
    }

    /// <summary>Absolute path.</summary>
    public string Root { get; }

    /// <summary>Picture bytes, named by content hash.</summary>
    public string Pictures => Path.Combine(Root, "pictures");

    /// <summary>Data Protection keys.</summary>
    public string Keys => Path.Combine(Root, "keys");

    /// <summary>The database file.</summary>
    public string Database => Path.Combine(Root, "molmo.db");

    /// <summary>The log that SQLite keeps beside the database.</summary>
    public string Log => Database + "-wal";

    /// <summary>Where the folder says which database is its own.</summary>
    internal string Mark => Path.Combine(Root, "molmo.mark");

    /// <summary>Contents of stored pictures, by the names of their files.</summary>
    internal IEnumerable<string> ImageHashes
        => Directory.EnumerateFiles(Pictures)
            .Select(file => Path.GetFileName(file)).Where(name => Hash().IsMatch(name));

    public void Dispose() => _lock.Dispose();

    /// <summary>
    /// Moves database and pictures into a folder of their own within this one, so that it can begin anew. The keys of
    /// the visitors' cookies stay.
    /// </summary>
    /// <returns>Where they are; null where there was nothing.</returns>
    /// <exception cref="IOException">They cannot be moved.</exception>
    internal string? SetAside(TimeProvider time)
    {
        string[] found = [.. Directory.GetFiles(Root, "molmo.*"),
            .. Directory.EnumerateFileSystemEntries(Pictures).Any() ? new[] { Pictures } : []];
        if (found.Length == 0) return null;
        var aside = NewAside(time);
        foreach (var entry in found) Directory.Move(entry, Path.Combine(aside, Path.GetFileName(entry)));
        Directory.CreateDirectory(Pictures);
        return aside;
    }

    /// <summary>Moves pictures into a folder of their own within this one.</summary>
    /// <returns>Where they are.</returns>
    /// <exception cref="IOException">They cannot be moved.</exception>
    internal string SetAside(IEnumerable<string> pictures, TimeProvider time)
    {
        var aside = Directory.CreateDirectory(Path.Combine(NewAside(time), Path.GetFileName(Pictures))).FullName;
        foreach (var name in pictures) File.Move(Path.Combine(Pictures, name), Path.Combine(aside, name));
        return aside;
    }

    private string NewAside(TimeProvider time)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"set-aside-{time.GetUtcNow():yyyyMMdd-HHmmss}");
        for (var number = 1; ; number++)
        {
            var path = Path.Combine(
                Root, number == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{number}"));
            if (!Path.Exists(path)) return Directory.CreateDirectory(path).FullName;
        }
    }

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    private static partial Regex Hash();

    // Existing and yet refused: held by another process. It may be ending, so it gets a moment. Everything else is a
    // folder that cannot be used.
    private FileStream Hold(string path)
    {
        var isThere = File.Exists(path);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (isThere && attempt < Attempts)
            {
                Thread.Sleep(Pause);
            }
            catch (IOException e) when (isThere)
            {
                throw new StartupException(
                    $"The data folder {Root} is in use by another process. Stop it, "
                        + $"or choose another folder with --data or Molmo__Data.",
                    e);
            }
        }
    }
}
