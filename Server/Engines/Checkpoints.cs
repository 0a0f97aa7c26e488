namespace Molmo.Demo.Server.Engines;

/// <summary>
/// The checkpoints of this process: the one that answers, and perhaps a second one to compare it with. Each has an
/// engine and caches of its own.
/// </summary>
/// <param name="first">Answers what names no checkpoint.</param>
/// <param name="second">Answers what names it; null where none is configured.</param>
public sealed class Checkpoints(EngineHost first, EngineHost? second) : IHostedService, IDisposable
{
    private Task? _starting;

    public EngineHost First { get; } = first;

    public EngineHost? Second { get; } = second;

    /// <summary>Both as callers see them, the first one first; null where there is no second.</summary>
    public IReadOnlyList<CheckpointStatus>? Statuses => Second is null ? null : [StatusOf(First), StatusOf(Second)];

    /// <summary>The checkpoint of a name; the first where none is given, null where there is no such.</summary>
    public EngineHost? Find(string? name)
        => name is null || name == First.Name ? First : Second is not null && name == NameOf(Second) ? Second : null;

    /// <summary>
    /// Opens them on a thread of its own, and begins to load them. Called again, it gives the same task, with the same
    /// refusal.
    /// </summary>
    public Task StartAsync(CancellationToken cancellationToken)
        => _starting ??= Task.Run(() => BeginAsync(cancellationToken), cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken)
        => Task.WhenAll(First.StopAsync(cancellationToken), Second?.StopAsync(cancellationToken) ?? Task.CompletedTask);

    /// <summary>Of the second; the first belongs to the container.</summary>
    public void Dispose() => Second?.Dispose();

    // The second is opened before the first is loaded, so that the first leaves it room.
    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        if (Second is not null) await Second.StartAsync(cancellationToken);
        await First.StartAsync(cancellationToken);
    }

    private CheckpointStatus StatusOf(EngineHost host)
        => new(NameOf(host), host.IsReady, host.Trouble is not null, host.Progress, host.Knows?.PracticeThings);

    // Two of the same name differ in content, or in how their weights are kept.
    private string NameOf(EngineHost host)
    {
        if (host == First || host.Name != First.Name) return host.Name;
        return $"{host.Name}@{(host.Revision is { } revision && revision != First.Revision ? revision : host.Form)}";
    }
}
