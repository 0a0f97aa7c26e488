namespace Molmo.Demo.Server.ModelHub;

/// <summary>Counts bytes as they arrive from several workers and reports total and rate a few times a second.</summary>
internal sealed class RateMeter : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly string _model;
    private readonly long _totalBytes;
    private readonly IProgress<FetchProgress>? _progress;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly ITimer? _timer;
    private long _done;
    private long _new;
    private long _started;
    private long _reportedDone = -1;
    private long _reported;
    private bool _isOver;

    public RateMeter(string model, long totalBytes, IProgress<FetchProgress>? progress, TimeProvider time)
    {
        (_model, _totalBytes, _progress, _time) = (model, totalBytes, progress, time);
        _started = time.GetTimestamp();
        // What came just before the line stood still is told as well.
        if (progress is not null) _timer = time.CreateTimer(_ => Tick(), null, Interval, Interval);
    }

    /// <summary>More bytes on disk; those of an earlier try do not count for the rate.</summary>
    public void Add(long bytes, bool isNew)
    {
        lock (_lock)
        {
            if (isNew && _new == 0) _started = _time.GetTimestamp();
            _done += bytes;
            if (isNew) _new += bytes;
            if (_done >= _totalBytes || _reportedDone < 0 || _time.GetElapsedTime(_reported) >= Interval) Report();
        }
    }

    /// <summary>Nothing is reported from now on.</summary>
    public void Dispose()
    {
        lock (_lock) _isOver = true;
        _timer?.Dispose();
    }

    private void Tick()
    {
        lock (_lock)
        {
            if (!_isOver && _done > _reportedDone) Report();
        }
    }

    private void Report()
    {
        (_reported, _reportedDone) = (_time.GetTimestamp(), _done);
        var seconds = _time.GetElapsedTime(_started).TotalSeconds;
        _progress?.Report(new FetchProgress(_model, _done, _totalBytes, seconds > 0.2 ? _new / seconds : 0));
    }
}
