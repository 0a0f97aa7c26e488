using System.Net;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>
/// The stamp says all that makes an answer: the same stamp and question give the same text and dots, wherever they are
/// asked.
/// </summary>
public sealed class StampTests : IDisposable
{
    private const string Listening = "Now listening on: ";
    private const string Sample = "scene-08.jpg";

    private static readonly (string Text, SamplingChoice Sampling, PromptChoice Prompt)[] Questions =
    [
        ("How many strawberries are there?", SamplingChoice.Greedy, PromptChoice.Plain),
        ("Point to the strawberries.", new SamplingChoice(0.8, Seed: 7, MaxTokens: 120), PromptChoice.Plain),
        ("Point to the strawberries.", new SamplingChoice(0.8, TopK: 20, TopP: 0.9, Seed: 8, MaxTokens: 120),
            new PromptChoice("vqa2")),
        ("How many yellow squares are there?", new SamplingChoice(0.8, Seed: 9, MaxTokens: 120),
            new PromptChoice(MaxCrops: 4)),
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly VisitorId _ann = VisitorId.New();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Slow]
    [Fact]
    public async Task Ask_SameStampAgain_GivesTheSameTextAndDotsAloneTogetherAndByHub()
    {
        await using var app = new MolmoApplication(("Molmo:MaxSequences", "4"), ("Molmo:MaxPerVisitor", "10"));
        var image = (await app.Services.GetRequiredService<IImageCatalog>().TakeSampleAsync(_ann, Sample, Cancel))!.Id;
        var alone = new List<Made>();
        foreach (var question in Questions)
            alone.Add(await ReadAsync(app, await StartAsync(app, question, image)) with { Question = question.Text });
        Assert.Equal([(null, 1, 2), (null, 1, 2), ("vqa2", 1, 2), (null, 4, 5)],
            alone.Select(made => (made.Stamp.Style, made.Stamp.MaxCrops ?? 0, made.Stamp.Crops ?? 0)));
        Assert.Equal(Questions.Select(q => q.Sampling with { Seed = null }),
            alone.Select(made => made.Stamp.Sampling with { Seed = null }));
        Assert.Equal([7, 8, 9], alone.Skip(1).Select(made => made.Stamp.Sampling.Seed ?? 0));

        // All at once, twice over: the engine runs them in one batch.
        var ids = new List<GenerationId>();
        foreach (var question in Questions.Concat(Questions)) ids.Add(await StartAsync(app, question, image));
        for (var i = 0; i < ids.Count; i++) AssertSame(alone[i % Questions.Length], await ReadAsync(app, ids[i]));

        // Another process, by its hub; the stamp is put back as it was read.
        await using var program = new ProgramProcess("--urls", "http://127.0.0.1:0", "--data", _folder.Combine("data"));
        var output = await program.UntilOutputAsync(Listening);
        var address = new Uri(
            output[(output.IndexOf(Listening, StringComparison.Ordinal) + Listening.Length)..].Split('\n')[0].Trim());
        var person = new CookieContainer();
        await using var hub = await Loopback.ConnectAsync(address, person);
        var uploaded = await UploadAsync(address, person);
        foreach (var made in alone)
        {
            var prompt = new
            {
                style = made.Stamp.Style,
                maxCrops = made.Stamp.MaxCrops == 1 ? PromptChoice.StandardCrops : made.Stamp.MaxCrops
            };
            var (id, _) = await hub.StartAsync(
                new { text = made.Question, image = uploaded, sampling = made.Stamp.Sampling, prompt });
            var entries = await hub.StreamAsync<JournalEntry>("AttachVerbatim", id, 1L, Cancel).ToListAsync();
            // What leaves by the hub has words in place of facts.
            var raw = string.Concat(entries.Select(entry => entry.Raw));
            AssertSame(
                made with { Stamp = Words.On(made.Stamp) },
                Made.Of(made.Question, [.. entries.Select(entry => entry.Event)], raw));
        }
    }

    [Fact]
    public async Task Ask_WithoutASeed_StampsTheOneThatWasDrawn()
    {
        await using var app = new MolmoApplication();
        var image = (await app.Services.GetRequiredService<IImageCatalog>().TakeSampleAsync(_ann, Sample, Cancel))!.Id;
        var hot = new SamplingChoice(1.5, MaxTokens: 60);
        var first = await ReadAsync(
            app, await StartAsync(app, ("Point to the strawberries.", hot, PromptChoice.Plain), image));
        var other = await ReadAsync(
            app, await StartAsync(app, ("Point to the strawberries.", hot, PromptChoice.Plain), image));
        Assert.NotEqual(first.Stamp.Sampling.Seed, other.Stamp.Sampling.Seed);
        Assert.NotEqual(first.Text, other.Text);
        AssertSame(first, await ReadAsync(app,
            await StartAsync(app, ("Point to the strawberries.", first.Stamp.Sampling, PromptChoice.Plain), image)));
    }

    [Fact]
    public async Task Ask_ManyCrops_IsWarnedOfWithTheNumberUsed()
    {
        await using var app = new MolmoApplication();
        var chat = app.Services.GetRequiredService<IChatService>();
        var image = (await app.Services.GetRequiredService<IImageCatalog>().TakeSampleAsync(_ann, Sample, Cancel))!.Id;
        var document = ("How many strawberries are there?", new SamplingChoice(MaxTokens: 5),
            new PromptChoice(MaxCrops: PromptChoice.MostCrops));
        var events = await chat.ReadAsync(_ann, await StartAsync(app, document, image), 1, Cancel).ToListAsync();
        var started = Assert.IsType<Started>(events.First(e => e is Started));
        var note = Assert.Single(events.OfType<Noted>(), note => note.Code == NoteCode.ManyCrops);
        Assert.InRange(started.Stamp.Crops ?? 0, 14, 1 + PromptChoice.MostCrops);
        Assert.Equal((started.Sent!.Crops, 36), (started.Stamp.Crops, started.Stamp.MaxCrops));
        Assert.Contains($"with {started.Stamp.Crops - 1} crops", Words.Of(note), StringComparison.Ordinal);
        Assert.Contains("pointing and counting get worse", Words.Of(note), StringComparison.Ordinal);
    }

    private static void AssertSame(Made expected, Made made)
    {
        Assert.Equal(expected.Text, made.Text);
        Assert.Equal(expected.Points, made.Points);
        // Greedy draws a seed that has no say; everything else is equal.
        var seed = expected.Stamp.Sampling.Temperature == 0 ? expected.Stamp.Sampling.Seed : made.Stamp.Sampling.Seed;
        Assert.Equal(expected.Stamp, made.Stamp with { Sampling = made.Stamp.Sampling with { Seed = seed } });
    }

    private Task<GenerationId> StartAsync(
        MolmoApplication app, (string Text, SamplingChoice Sampling, PromptChoice Prompt) asked, ImageId image)
        => app.Services.GetRequiredService<IChatService>().StartAsync(
            _ann, new Question(ConversationId.New(), asked.Text, image, asked.Sampling, Prompt: asked.Prompt), Cancel);

    private async Task<Made> ReadAsync(MolmoApplication app, GenerationId id)
    {
        var events = await app.Services.GetRequiredService<IChatService>().ReadAsync(_ann, id, 1, Cancel).ToListAsync();
        var text = await app.Services.GetRequiredService<IAnswerTexts>().FindTextAsync(_ann, id, Cancel);
        return Made.Of("", events, text!);
    }

    private static async Task<string> UploadAsync(Uri address, CookieContainer person)
    {
        using var http = new HttpClient(new HttpClientHandler { CookieContainer = person }) { BaseAddress = address };
        using var reply = await http.PostAsync("api/images",
            new ByteArrayContent(await File.ReadAllBytesAsync(Path.Combine(TestData.Samples, Sample), Cancel)), Cancel);
        return JsonDocument.Parse(await reply.Content.ReadAsStringAsync(Cancel)).RootElement
            .GetProperty("id").GetString()!;
    }

    /// <summary>What is compared of an answer.</summary>
    private sealed record Made(string Question, EngineStamp Stamp, string Text, string Points)
    {
        public static Made Of(string question, List<GenerationEvent> events, string text)
        {
            events.AssertWhole();
            events.AssertShows(text);
            return new Made(
                question, events.OfType<Started>().Single().Stamp, text,
                string.Join(' ', events.OfType<PointFound>().Select(p => (p.Group, p.N, p.X, p.Y))));
        }
    }
}
