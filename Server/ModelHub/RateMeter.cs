namespace Molmo.Demo.Server.ModelHub;

/// <summary>Counts bytes as they arrive from several workers and reports total and rate a few times a second.</summary>
internal sealed class RateMeter(string model, long totalBytes, IProgress<FetchProgress>? progress, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private long _done;
    private long _new;
    private long _started = time.GetTimestamp();
    private long _reported;

    /// <summary>More bytes on disk; those of an earlier try do not count for the rate.</summary>
    public void Add(long bytes, bool isNew)
    {
        lock (_lock)
        {
            if (isNew && _new == 0) _started = time.GetTimestamp();
            _done += bytes;
            if (isNew) _new += bytes;
            if (progress is null || (_done < totalBytes && _reported != 0 && time.GetElapsedTime(_reported) < Interval))
                return;
            _reported = time.GetTimestamp();
            var seconds = time.GetElapsedTime(_started).TotalSeconds;
            progress.Report(new FetchProgress(model, _done, totalBytes, seconds > 0.2 ? _new / seconds : 0));
        }
    }
}
