using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Molmo.Demo.Server.Web.Metrics;

/// <summary>
/// What is measured of this process, in OpenTelemetry's terms: names with dots, units by UCUM. No label names a person.
/// </summary>
internal sealed class MolmoMetrics
{
    public const string MeterName = "Molmo.Demo";

    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Counter<long> _generations;
    private readonly Counter<long> _tokens;
    private readonly Histogram<double> _firstToken;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _uploads;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _storageFailures;

    public MolmoMetrics(IMeterFactory factory)
    {
        Meter = factory.Create(MeterName);
        _generations = Meter.CreateCounter<long>("molmo.generations", "{generation}", "Answers that ended.");
        _tokens = Meter.CreateCounter<long>("molmo.tokens", "{token}", "Tokens of prompts and answers.");
        _firstToken = Meter.CreateHistogram<double>(
            "molmo.generation.first_token.duration", "s", "From the question to the first token.");
        _duration = Meter.CreateHistogram<double>(
            "molmo.generation.duration", "s", "From the question to the end of the answer.");
        _uploads = Meter.CreateCounter<long>("molmo.uploads", "{upload}", "Pictures that were taken in.");
        _refusals = Meter.CreateCounter<long>(
            "molmo.refusals", "{refusal}", "Requests that were refused, by HTTP status.");
        _storageFailures =
            Meter.CreateCounter<long>("molmo.storage.failures", "{write}", "Writes to the storage that failed.");
        Meter.CreateObservableGauge(
            "process.memory.usage", () => Environment.WorkingSet, "By", "Physical memory of the process.");
        Meter.CreateObservableGauge(
            "process.uptime", () => Stopwatch.GetElapsedTime(_started).TotalSeconds, "s", "Age of the server.");
        Meter.CreateObservableCounter("process.cpu.time", () => Environment.CpuUsage.TotalTime.TotalSeconds, "s",
            "Processor time of the process.");
    }

    /// <summary>Where others add what they know.</summary>
    public Meter Meter { get; }

    /// <summary>An answer is over.</summary>
    public void Ended(GenerationEvent last)
    {
        _generations.Add(1, new KeyValuePair<string, object?>(
            "reason", last is Ended { Reason: var reason } ? reason.ToString().ToLowerInvariant() : "failed"));
        if (last is not Ended ended) return;
        _tokens.Add(ended.Usage.PromptTokens, new KeyValuePair<string, object?>("type", "prompt"));
        _tokens.Add(ended.Usage.AnswerTokens, new KeyValuePair<string, object?>("type", "answer"));
        _duration.Record(ended.Timings.TotalMs / 1000);
        if (ended.Usage.AnswerTokens > 0) _firstToken.Record(ended.Timings.FirstTokenMs / 1000);
    }

    /// <summary>A picture was taken in.</summary>
    public void Uploaded() => _uploads.Add(1);

    /// <summary>A write to the storage failed.</summary>
    public void StorageFailed(StorageFault fault)
        => _storageFailures.Add(1, new KeyValuePair<string, object?>("fault", fault.ToString().ToLowerInvariant()));

    /// <summary>A request was refused.</summary>
    public void Refused(int status) => _refusals.Add(1, new KeyValuePair<string, object?>("status", status));
}
