using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Tests.Chat;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Engines;

/// <summary>The whole program with a device that gets full, or is lost.</summary>
public sealed class DeviceFaultTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly VisitorId _ann = VisitorId.New();

    // The warm-up passes.
    private volatile bool _isFaulty;
    private readonly ManualResetEventSlim _gate = new(initialState: true);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _folder.Dispose();
        _gate.Dispose();
    }

    [Fact]
    public async Task Answer_DeviceFull_FailsInOneSentenceAndOthersAreAnswered()
    {
        await using var app = Start(new DeviceMemoryException("full"));
        var chat = app.Services.GetRequiredService<IChatService>();
        await app.Services.GetRequiredService<EngineHost>().Loaded.WaitAsync(Sequences.Hang, Cancel);

        _isFaulty = true;
        var events = await AskAsync(chat);
        _isFaulty = false;

        events.AssertWhole();
        var failed = Assert.IsType<Failed>(events[^1]);
        Assert.Equal(new MemoryTooSmall(), failed.Fact);
        Assert.True(failed.Retryable);
        Assert.NotEmpty(events.Prose());
        Assert.IsType<Ended>((await AskAsync(chat))[^1]);
        Assert.False(app.Services.GetRequiredService<Restart>().Wanted.IsCancellationRequested);
    }

    [Slow]
    [Fact]
    public async Task Answer_DeviceLost_IsInterruptedAndTheProgramEndsToBeginAgain()
    {
        await using var app = Start(new DeviceLostException("gone"));
        var chat = app.Services.GetRequiredService<IChatService>();
        var engine = app.Services.GetRequiredService<EngineHost>();
        var restart = app.Services.GetRequiredService<Restart>();
        using var stopping = new ManualResetEventSlim();
        app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(stopping.Set);
        await engine.Loaded.WaitAsync(Sequences.Hang, Cancel);
        using var person = app.AsNewVisitor();
        using (var ready = await person.GetAsync("/ready", Cancel)) Assert.Equal(HttpStatusCode.OK, ready.StatusCode);

        _gate.Reset();
        _isFaulty = true;
        var asked = new List<GenerationId>();
        for (var i = 0; i < 6; i++) asked.Add(await StartAsync(chat));
        _gate.Set();
        foreach (var id in asked)
        {
            var events = await chat.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
            events.AssertWhole();
            Assert.Equal(EndReason.Interrupted, Assert.IsType<Ended>(events[^1]).Reason);
        }

        await Sequences.UntilAsync(() => restart.Wanted.IsCancellationRequested, "a restart is wanted");
        Assert.True(restart.IsSoon);
        Assert.False(engine.IsReady);
        Assert.Equal(new DeviceLost(), engine.Trouble);
        Assert.True(stopping.Wait(Sequences.Hang, Cancel), "The program does not end.");
    }

    [Fact]
    public async Task Load_DeviceLost_AsksForARestartAsSoonAsThat()
    {
        var log = new LogLines();
        using var logging = LoggerFactory.Create(logging => logging.AddProvider(log));
        using var restart = new Restart(_ => "");
        var options = new MolmoOptions { Device = "cpu" };
        var loading = new WatchedLoading(new ManagedLoading(options), _ => throw new DeviceLostException("gone"));
        using var host = new EngineHost(
            options, logging.CreateLogger<EngineHost>(), loading: loading, restart: restart);
        await host.StartAsync(Cancel);

        await Sequences.UntilAsync(() => restart.Wanted.IsCancellationRequested, "a restart is wanted");

        Assert.True(restart.IsSoon);
        await Assert.ThrowsAsync<StartupException>(() => host.Loaded);
        var line = Assert.Single(log.All, line => line.Level >= LogLevel.Warning);
        Assert.Equal(LogLevel.Critical, line.Level);
        Assert.Contains("starts again", line.Text, StringComparison.Ordinal);
        await host.StopAsync(Cancel);
    }

    [Fact]
    public async Task Load_TooLittleMemoryToAnswer_SaysWhatToDo()
    {
        var options = new MolmoOptions { Device = "cpu" };
        var loading = new WatchedLoading(new ManagedLoading(options), _ => throw new DeviceMemoryException("full"));
        using var host = new EngineHost(
            options, LoggerFactory.Create(_ => { }).CreateLogger<EngineHost>(), loading: loading);
        await host.StartAsync(Cancel);

        var trouble = await Assert.ThrowsAsync<StartupException>(() => host.Loaded.WaitAsync(Sequences.Hang, Cancel));

        Assert.Contains("molmo-tiny in float32", trouble.Message, StringComparison.Ordinal);
        Assert.Contains("fewer bits", trouble.Message, StringComparison.Ordinal);
        await host.StopAsync(Cancel);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(59, true)]
    [InlineData(60, false)]
    public void Restart_Asked_KnowsWhetherTheModelAnsweredForAMinute(int seconds, bool isSoon)
    {
        using var restart = new Restart(_ => "");
        restart.Ask(TimeSpan.FromSeconds(seconds));
        restart.Ask(TimeSpan.FromHours(1));
        Assert.Equal(isSoon, restart.IsSoon);
    }

    private MolmoApplication Start(Exception fault)
        => new(("Molmo:Model", TinyModels.Endless(_folder)), ("Molmo:MaxPerVisitor", "10"), ("Molmo:DrainSeconds", "5"))
        {
            Loading = options => new WatchedLoading(new ManagedLoading(options), batch =>
            {
                if (!_isFaulty
                    || batch.Sequences.All(sequence => sequence.TokenIds.Count <= sequence.PromptLength + 20))
                    return;
                _gate.Wait(Sequences.Hang, CancellationToken.None);
                throw fault;
            }),
        };

    private async Task<List<GenerationEvent>> AskAsync(IChatService chat)
        => await chat.ReadAsync(_ann, await StartAsync(chat), 1, Cancel).ToListAsync();

    private Task<GenerationId> StartAsync(IChatService chat)
        => chat.StartAsync(
            _ann, new Question(ConversationId.New(), "Describe it.", null, new SamplingChoice(MaxTokens: 60)), Cancel);
}
