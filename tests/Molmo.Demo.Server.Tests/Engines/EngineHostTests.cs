using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Server.Engines;

namespace Molmo.Demo.Server.Tests.Engines;

public sealed class EngineHostTests
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_ShippedModel_LoadsInTheBackgroundAndAnswers()
    {
        using var host = new EngineHost(new MolmoOptions(), NullLogger<EngineHost>.Instance);
        await host.StartAsync(Token);
        Assert.StartsWith("molmo-tiny (", host.ModelName, StringComparison.Ordinal);
        var model = await host.Loaded.WaitAsync(Guard, Token);
        Assert.True(host.IsReady);
        Assert.Null(host.Trouble);
        Assert.Equal(model.Device, host.Device);
        Assert.Equal("molmo-tiny", model.Stamp(SamplingChoice.Greedy).Model);
        // The warm-up's last answer is given up; the engine lets go of it within a step.
        await IdleAsync(model.Engine).WaitAsync(Guard, Token);

        var prompt = model.Prompts.Build([], "How many dogs are there?", image: null);
        var tokens = 0;
        await foreach (var update
            in model.Engine.GenerateAsync(new GenerationRequest(prompt, SamplingOptions.Greedy, [], 3), Token))
            tokens += update.TokenId is null ? 0 : 1;
        Assert.Equal(3, tokens);

        await host.StopAsync(Token);
        var late = await Assert.ThrowsAsync<EngineException>(async () =>
        {
            await foreach (var _
                in model.Engine.GenerateAsync(new GenerationRequest(prompt, SamplingOptions.Greedy, [], 3), Token))
                Assert.Fail("It has stopped.");
        });
        Assert.Equal(EngineFault.Stopped, late.Fault);
    }

    [Fact]
    public async Task WarmUp_WhereSomebodyWaits_IsOneAnswer()
    {
        var options = new MolmoOptions();
        await using var model = ModelLoader.Load(
            ModelLoader.Open(TestData.TinyModel, options), options, new ManagedLoading(options), progress: null,
            note: null, Token);

        await ModelLoader.WarmUpAsync(model, Token, Task.CompletedTask);

        // 32 tokens, and the prompt before them.
        Assert.InRange(model.Engine.Statistics.Steps, 1, 64);
    }

    [Fact]
    public async Task Wait_WithAQuestion_GivesTheModel()
    {
        using var host = new EngineHost(new MolmoOptions(), NullLogger<EngineHost>.Instance);
        await host.StartAsync(Token);
        var model = await host.WaitAsync(Token).WaitAsync(Guard, Token);
        Assert.Same(model, await host.Loaded);
        await host.StopAsync(Token);
    }

    private static async Task IdleAsync(InferenceEngine engine)
    {
        while (engine.Statistics.Running > 0) await Task.Delay(10, Token);
    }

    [Fact]
    public async Task Stop_WhileLoading_EndsTheLoading()
    {
        using var host = new EngineHost(new MolmoOptions(), NullLogger<EngineHost>.Instance);
        await host.StartAsync(Token);
        await host.StopAsync(Token).WaitAsync(Guard, Token);
        Assert.True(host.Loaded.IsCompleted);
        Assert.Null(host.Trouble);
    }

    [Fact]
    public async Task Dispose_WhileLoading_EndsTheLoadingWithoutTrouble()
    {
        var host = new EngineHost(new MolmoOptions(), NullLogger<EngineHost>.Instance);
        await host.StartAsync(Token);

        host.Dispose();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.Loaded.WaitAsync(Guard, Token));
        Assert.True(host.Loaded.IsCanceled);
        Assert.Null(host.Trouble);
    }

    [Fact]
    public async Task Start_OfAllCheckpointsAgain_IsTheSameTaskAndTheSameRefusal()
    {
        using var host = new EngineHost(new MolmoOptions { Model = "/none" }, NullLogger<EngineHost>.Instance);
        using var checkpoints = new Checkpoints(host, second: null);

        var early = checkpoints.StartAsync(Token);
        var late = checkpoints.StartAsync(Token);

        Assert.Same(early, late);
        var refusal = await Assert.ThrowsAsync<StartupException>(() => late);
        Assert.Contains("/none", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Map_BeforeTheServerStarts_LoadsTheModelAlready()
    {
        var (module, options) = (new EngineModule(), new MolmoOptions());
        var builder = WebApplication.CreateBuilder();
        module.Add(builder, options);
        await using var app = builder.Build();

        module.Map(app, options);

        var first = app.Services.GetRequiredService<Checkpoints>().First;
        await first.Loaded.WaitAsync(Guard, Token);
        await first.StopAsync(Token);
    }

    [Fact]
    public async Task Start_NoModel_IsRefusedAtOnce()
    {
        using var host = new EngineHost(new MolmoOptions { Model = "/none" }, NullLogger<EngineHost>.Instance);
        var refusal = await Assert.ThrowsAsync<StartupException>(() => host.StartAsync(Token));
        Assert.Contains("/none", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("Web", false)]
    public void Engine_Role_DecidesWhetherThereIsOne(string? role, bool expected)
    {
        using var application = role is null
            ? new MolmoApplication()
            : new MolmoApplication(("Molmo:Role", role), ("Molmo:Inference", "http://127.0.0.1:9"));
        Assert.Equal(expected, application.Services.GetService<EngineHost>() is not null);
    }
}
