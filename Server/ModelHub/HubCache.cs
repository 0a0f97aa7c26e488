namespace Molmo.Demo.Server.ModelHub;

/// <summary>
/// The Hub cache on disk as the Python client lays it out: <c>models--owner--name</c> with <c>blobs/{etag}</c>,
/// <c>snapshots/{commit}/{file}</c> (relative links to blobs) and <c>refs/{revision}</c> (the commit's text).
/// </summary>
public sealed class HubCache(string folder)
{
    /// <summary>Folder of one repository.</summary>
    public string Repository(HubModel model) => Path.Combine(folder, $"models--{model.Owner}--{model.Name}");

    /// <summary>Bytes of a file by its entity tag.</summary>
    public string Blob(HubModel model, string etag) => Path.Combine(Repository(model), "blobs", etag);

    /// <summary>Folder of the files of a commit.</summary>
    public string Snapshot(HubModel model, string commit) => Path.Combine(Repository(model), "snapshots", commit);

    /// <summary>Folder of the revision if the cache has one, complete or not; null otherwise.</summary>
    /// <exception cref="ModelHubException">The cache cannot be read.</exception>
    public string? FindSnapshot(HubModel model)
    {
        try
        {
            var commit = IsCommit(model.Revision) ? model.Revision : ReadRef(model);
            return commit is not null && Snapshot(model, commit) is var snapshot && Directory.Exists(snapshot)
                ? snapshot : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelHubException(
                $"{Repository(model)} in the cache cannot be read: {e.Message.TrimEnd('.')}.", e);
        }
    }

    /// <summary>Notes which commit a branch or tag stands for.</summary>
    public void WriteRef(HubModel model, string commit)
    {
        if (model.Revision == commit) return;
        var path = Ref(model);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, commit);
    }

    /// <summary>
    /// Lets a file of a commit's snapshot be the blob. Where links are not allowed, the bytes are copied.
    /// </summary>
    public void Link(HubModel model, string commit, string file, string etag)
    {
        var path = Path.Combine(Snapshot(model, commit), file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var blob = Blob(model, etag);
        if (IsOrCopies(path, blob)) return;
        File.Delete(path); // a link whose blob is gone, or something that lies there in place of the file
        try
        {
            File.CreateSymbolicLink(path, Path.GetRelativePath(Path.GetDirectoryName(path)!, blob));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Copy(blob, path);
        }
    }

    /// <summary>Whether the text is a full commit hash.</summary>
    public static bool IsCommit(string text) => text.Length == 40 && text.All(char.IsAsciiHexDigitLower);

    private static bool IsOrCopies(string path, string blob)
    {
        var entry = new FileInfo(path);
        return entry.LinkTarget is { } target
            ? Path.GetFullPath(target, entry.DirectoryName!) == Path.GetFullPath(blob)
            : entry.Exists && entry.Length == new FileInfo(blob).Length;
    }

    private string Ref(HubModel model) => Path.Combine(Repository(model), "refs", model.Revision);

    private string? ReadRef(HubModel model)
        => File.Exists(Ref(model)) && File.ReadAllText(Ref(model)).Trim() is var commit && IsCommit(commit)
            ? commit : null;
}
