using System.Diagnostics.Metrics;

namespace Molmo.Demo.Server.Web.Metrics;

/// <summary>One instrument with one set of labels: a number, or a histogram's buckets.</summary>
internal sealed class Series
{
    private readonly double[]? _bounds;

    public Series(double[]? bounds)
    {
        _bounds = bounds;
        if (bounds is not null) Buckets = new long[bounds.Length + 1];
    }

    public double Sum { get; private set; }

    public long Count { get; private set; }

    /// <summary>How many fell into each bucket, the last one open; null where it is no histogram.</summary>
    public long[]? Buckets { get; }

    public void Add(double value, bool replaces)
    {
        Sum = replaces ? value : Sum + value;
        Count++;
        if (Buckets is null) return;
        var bucket = Array.FindIndex(_bounds!, bound => value <= bound);
        Buckets[bucket < 0 ? ^1 : bucket]++;
    }
}

/// <summary>
/// Sums up what the instruments of this host measure. Of the framework's, only those of HTTP requests.
/// </summary>
internal sealed class MetricsListener : IHostedService, IDisposable
{
    /// <summary>
    /// Upper bounds of the buckets, in seconds: from a blink to the slowest answer that is waited for.
    /// </summary>
    public static readonly double[] Bounds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

    /// <summary>Label sets of one instrument; more than this is a mistake that must not fill the memory.</summary>
    private const int MostSeries = 500;

    private static readonly string[] Framework = ["http.server.request.duration", "http.server.active_requests"];

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string,
        (Instrument Instrument, SortedDictionary<string, Series> Series)> _instruments = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    public MetricsListener(IMeterFactory factory, MolmoMetrics metrics)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // A process may hold several hosts: each factory is one host's.
            var isOurs = instrument.Meter == metrics.Meter
                || (instrument.Meter.Scope == factory && Framework.Contains(instrument.Name));
            if (isOurs) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, labels, _) => Take(instrument, value, labels));
        _listener.SetMeasurementEventCallback<int>((instrument, value, labels, _) => Take(instrument, value, labels));
        _listener.SetMeasurementEventCallback<double>(
            (instrument, value, labels, _) => Take(instrument, value, labels));
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _listener.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Everything as Prometheus reads it.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        lock (_gate) return PrometheusText.Write(_instruments.Values);
    }

    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var kind = instrument.GetType().GetGenericTypeDefinition();
        var isHistogram = kind == typeof(Histogram<>);
        var key = PrometheusText.Labels(labels);
        lock (_gate)
        {
            if (!_instruments.TryGetValue(instrument.Name, out var entry))
                _instruments[instrument.Name] =
                    entry = (instrument, new SortedDictionary<string, Series>(StringComparer.Ordinal));
            if (!entry.Series.TryGetValue(key, out var series))
            {
                if (entry.Series.Count >= MostSeries) return;
                entry.Series[key] = series = new Series(isHistogram ? Bounds : null);
            }
            // What is observed is the value itself; the others say by how much it changed.
            series.Add(value, replaces: instrument.IsObservable);
        }
    }
}
