using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Private;
using Molmo.Demo.Server.Tests.Engines;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>What tests of reuse ask of the whole program.</summary>
internal static class Reusing
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The engine, once it has forgotten what it was warmed up with.</summary>
    public static async Task<InferenceEngine> EngineAsync(this MolmoApplication app)
    {
        var host = app.Services.GetRequiredService<EngineHost>();
        var engine = (await host.Loaded.WaitAsync(Sequences.Hang, Cancel)).Engine;
        await engine.UntilAsync(reuse => reuse is { KeptBlocks: 0, Pictures: 0 });
        return engine;
    }

    /// <summary>Takes a photo of the gallery; for a chat without trace where one is named.</summary>
    public static async Task<ImageInfo> TakeAsync(
        this MolmoApplication app, VisitorId visitor, ConversationId? passing = null, int scene = 0)
        => (await app.Store.TakeSampleAsync(visitor, passing, app.Store.Samples[scene].File, Cancel))!;

    public static Task LookAsync(this MolmoApplication app, VisitorId visitor, ImageInfo image)
        => app.Services.GetRequiredService<IChatService>()
            .LookAsync(visitor, ConversationId.New(), image.Id, Cancel);

    /// <summary>Asks, in a new conversation where none is named, and waits for the end.</summary>
    public static async Task<Asked> AskAsync(
        this MolmoApplication app, VisitorId visitor, ImageInfo? image, string text,
        ConversationId? conversation = null)
    {
        var chat = app.Services.GetRequiredService<IChatService>();
        var place = conversation is { } known
            && app.Services.GetRequiredService<PrivateChats>().OwnerOf(known) is not null
                ? new TurnPlace(IsPrivate: true) : null;
        var id = await chat.StartAsync(visitor, new Question(
            conversation ?? ConversationId.New(), text, image?.Id, SamplingChoice.Greedy, Place: place), Cancel);
        var events = await chat.ReadAsync(visitor, id, 1, Cancel).ToListAsync();
        events.AssertWhole();
        var usage = Assert.IsType<Ended>(events[^1]).Usage;
        return new Asked(events.Prose(), usage.PromptTokens, usage.AnswerTokens,
            events.OfType<Started>().Single().Sent?.ImageTokens ?? 0);
    }

    public static async Task UntilAsync(this InferenceEngine engine, Func<ReuseStatistics, bool> condition)
        => await Sequences.UntilAsync(() => condition(engine.Reuse), "the engine keeps what it should");
}

/// <summary>An answer with its numbers.</summary>
internal sealed record Asked(string Text, int PromptTokens, int AnswerTokens, int ImageTokens);

/// <summary>Holds the engine where it is about to begin with a picture.</summary>
internal sealed class Gate : IDisposable
{
    private readonly SemaphoreSlim _reached = new(0);
    private readonly ManualResetEventSlim _open = new(initialState: true);

    /// <summary>The whole program with this gate.</summary>
    public MolmoApplication Application(params (string Key, string Value)[] settings) => new(settings)
    {
        Loading = options => new WatchedLoading(new ManagedLoading(options), looking: Pass),
    };

    public void Close() => _open.Reset();

    public void Open() => _open.Set();

    /// <summary>Waits until the engine stands before it.</summary>
    public async Task ReachedAsync()
        => Assert.True(await _reached.WaitAsync(Sequences.Hang, TestContext.Current.CancellationToken));

    public void Dispose()
    {
        _reached.Dispose();
        _open.Dispose();
    }

    private void Pass()
    {
        if (_open.IsSet) return;
        _reached.Release();
        _open.Wait(Sequences.Hang);
    }
}
