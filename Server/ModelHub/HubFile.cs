namespace Molmo.Demo.Server.ModelHub;

/// <summary>One file of a commit, as the Hub describes it.</summary>
/// <param name="Name">Path inside the repository.</param>
/// <param name="Commit">The commit it belongs to.</param>
/// <param name="Etag">SHA-256 of a large file, Git's blob hash of a small one; the blob's name in the cache.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Location">Where the bytes are; may be another host.</param>
public sealed record HubFile(string Name, string Commit, string Etag, long Size, Uri Location);

/// <summary>How far a fetch is.</summary>
/// <param name="Model">What is fetched.</param>
/// <param name="DoneBytes">Bytes on disk, those of an earlier try included.</param>
/// <param name="TotalBytes">Bytes in all.</param>
/// <param name="BytesPerSecond">Rate over the last seconds.</param>
/// <param name="Hindrance">Why nothing comes at the moment, as a clause; null where it does.</param>
public sealed record FetchProgress(
    string Model, long DoneBytes, long TotalBytes, double BytesPerSecond, string? Hindrance = null)
{
    /// <summary>Time left at this rate; null while unknown.</summary>
    public TimeSpan? Remaining
        => BytesPerSecond > 0 ? TimeSpan.FromSeconds((TotalBytes - DoneBytes) / BytesPerSecond) : null;

    /// <summary>The same as people are told it.</summary>
    public ModelProgress ToModelProgress() => new(
        ModelStage.Fetching, Model, TotalBytes > 0 ? (double)DoneBytes / TotalBytes : 0, DoneBytes, TotalBytes,
        BytesPerSecond, DoneBytes < TotalBytes ? Remaining?.TotalSeconds : null, Hindrance);
}

/// <summary>Tells how far a fetch is, and between two tries what it waits for.</summary>
internal sealed class FetchReport(HubModel model, IProgress<FetchProgress>? progress) : IProgress<FetchProgress>
{
    private volatile FetchProgress _last = new(model.ToString(), 0, 0, 0);

    public void Report(FetchProgress value)
    {
        _last = value;
        progress?.Report(value);
    }

    /// <summary>Nothing comes at the moment; the next bytes say that it is over.</summary>
    public void Hinder(string reason) => progress?.Report(_last with { BytesPerSecond = 0, Hindrance = reason });
}
