using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Server.Hosting;
using Molmo.Demo.Server.Tests.Commands;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Images;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>The whole program in this process, with the real engine.</summary>
public sealed class EngineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly VisitorId _ann = VisitorId.New();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Stop_MidAnswer_FreesTheEngineWithinOneStep()
    {
        await using var app = new MolmoApplication(("Molmo:Model", TinyModels.Endless(_folder)), ("Molmo:MaxPerVisitor", "10"));
        var chat = app.Services.GetRequiredService<IChatService>();
        var engine = (await app.Services.GetRequiredService<EngineHost>().Loaded).Engine;
        for (var round = 0; round < 5; round++)
        {
            var id = await chat.StartAsync(_ann, Ask($"Describe it, {round}."), Cancel);
            await chat.ReadAsync(_ann, id, 1, Cancel).TakeAsync(3 + round);
            await chat.StopAsync(_ann, id, Cancel);
            var events = await chat.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
            var steps = engine.Statistics.Steps;
            events.AssertWhole();
            Assert.Equal(EndReason.Stopped, Assert.IsType<Ended>(events[^1]).Reason);
            await Sequences.UntilAsync(() => engine.Statistics is { Running: 0, Waiting: 0 }, "the engine is free");
            Assert.InRange(engine.Statistics.Steps - steps, 0, 1);
        }
        Assert.Equal((0, 0), await chat.GetQueueStatusAsync(Cancel) is { Running: var running, Waiting: var waiting } ? (running, waiting) : default);
    }

    [Fact]
    public async Task Ask_SeveralAtOnce_EachGetsTheAnswerItGetsAlone()
    {
        await using var app = new MolmoApplication(("Molmo:MaxSequences", "2"), ("Molmo:MaxPerVisitor", "10"));
        var chat = app.Services.GetRequiredService<IChatService>();
        var image = await app.Services.GetRequiredService<IImageCatalog>().TakeSampleAsync(_ann, app.Services.GetRequiredService<IImageCatalog>().Samples[0].File, Cancel);
        string[] questions = ["How many are there?", "Point to all of them.", "Describe this image.", "What is in the middle?"];
        var alone = new List<(string Prose, int Points)>();
        foreach (var question in questions) alone.Add(Shown(await AnswerAsync(await chat.StartAsync(_ann, Ask(question, image!.Id), Cancel))));
        var ids = new List<GenerationId>();
        foreach (var question in questions) ids.Add(await chat.StartAsync(_ann, Ask(question, image!.Id), Cancel));
        for (var i = 0; i < questions.Length; i++) Assert.Equal(alone[i], Shown(await AnswerAsync(ids[i])));

        async Task<List<GenerationEvent>> AnswerAsync(GenerationId id) => await chat.ReadAsync(_ann, id, 1, Cancel).ToListAsync();

        static (string, int) Shown(List<GenerationEvent> events)
        {
            events.AssertWhole();
            return (events.Prose(), events.OfType<PointFound>().Count());
        }
    }

    private static Question Ask(string text, ImageId? image = null) => new(ConversationId.New(), text, image, SamplingChoice.Greedy);
}
