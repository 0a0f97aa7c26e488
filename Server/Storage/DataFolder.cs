using Molmo.Demo.Server.Hosting;

namespace Molmo.Demo.Server.Storage;

/// <summary>The one folder this process writes to, held by a lock file for as long as it runs.</summary>
public sealed class DataFolder : IDisposable
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
            throw new StartupException($"The data folder {Root} cannot be written ({e.Message.TrimEnd('.')}). Choose another with --data or Molmo__Data.", e);
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

    public void Dispose() => _lock.Dispose();

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
                throw new StartupException($"The data folder {Root} is in use by another process. Stop it, or choose another folder with --data or Molmo__Data.", e);
            }
        }
    }
}
