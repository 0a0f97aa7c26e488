using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging.Abstractions;
using Molmo.Demo.Lab;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Tests.Chat;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Images;

/// <summary>
/// Answers kept with the gallery: made by the command, shown without the model, and the same when asked again.
/// </summary>
public sealed class StoredAnswersTests
{
    private readonly VisitorId _ann = VisitorId.New();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Gallery_EveryStoredAnswerAskedAgain_GivesTheSameTextToTheByte()
    {
        await using var app = new MolmoApplication(("Molmo:MaxPerVisitor", "10"));
        var images = app.Services.GetRequiredService<IImageCatalog>();
        var chat = app.Services.GetRequiredService<IChatService>();
        Assert.Equal(8, images.Samples.Count);
        foreach (var scene in images.Samples)
        {
            var stored = scene.Answer;
            Assert.True(stored is not null, $"{scene.File} has no stored answer: run store-answers wwwroot/samples.");
            var image = await images.TakeSampleAsync(_ann, scene.File, Cancel);
            var id = await chat.StartAsync(
                _ann, new Question(ConversationId.New(), stored.Question, image!.Id, SamplingChoice.Greedy), Cancel);
            var events = await chat.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
            var start = events.OfType<Started>().Single();
            Assert.SkipUnless(start.Stamp.Revision == stored.Stamp.Revision,
                $"The answers were made by {stored.Stamp.Model} {stored.Stamp.Revision}; "
                    + $"here is {start.Stamp.Model} {start.Stamp.Revision}. Run store-answers wwwroot/samples.");
            Assert.Equal(
                stored.Text, await app.Services.GetRequiredService<IAnswerTexts>().FindTextAsync(_ann, id, Cancel));
            Assert.Equal((stored.Reason, stored.Sent), (events.OfType<Ended>().Single().Reason, start.Sent));
            // The device is this machine's; all else is what was kept.
            Assert.Equal(stored.Stamp, StoredAnswer.LastingPart(start.Stamp) with { Device = stored.Stamp.Device });
        }
    }

    [Fact]
    public async Task Pages_WithStoredAnswers_TakeNoPictureAndMakeNobodyAVisitor()
    {
        await using var app = new MolmoApplication();
        using var reader = app.AsNewVisitor();
        var sample = await reader.GetStringAsync(new Uri("/?sample=scene-03.png", UriKind.Relative), Cancel);
        Assert.Contains("data-testid=\"stored-answer\"", sample, StringComparison.Ordinal);
        Assert.Contains("Stored answer &#xB7; molmo-tiny", sample, StringComparison.Ordinal);
        Assert.Contains("src=\"/samples/scene-03.png\"", sample, StringComparison.Ordinal);
        Assert.Equal(4, sample.Split("data-testid=\"point\"").Length - 1);
        Assert.DoesNotContain("data-testid=\"answer\"", sample, StringComparison.Ordinal);
        Assert.Empty(app.ImageFiles);

        using var passerBy = app.AsNewVisitor();
        using var kiosk = await passerBy.GetAsync(new Uri("/kiosk?idle=nonsense", UriKind.Relative), Cancel);
        var page = await kiosk.Content.ReadAsStringAsync(Cancel);
        Assert.Contains("kiosk=60", page, StringComparison.Ordinal);
        Assert.Contains("noindex", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
        Assert.DoesNotContain(kiosk.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : [],
            cookie => cookie.StartsWith("molmo.visitor", StringComparison.Ordinal));

        using var private_ =
            await passerBy.GetAsync(new Uri("/private?sample=a%26b&kiosk=9", UriKind.Relative), Cancel);
        Assert.EndsWith(
            "?private=1&sample=a%26b&kiosk=9", private_.Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    [Slow]
    [Fact]
    public async Task StoreAnswers_RunTwice_WritesTheSameBytesAndKeepsDates()
    {
        using var folder = new TemporaryFolder();
        foreach (var scene in SampleGallery.Questions)
            File.Copy(Path.Combine(TestData.Samples, scene.File), folder.Combine(scene.File));
        var file = folder.Combine(StoredAnswers.FileName);
        Assert.Equal(0, await RunAsync(folder.Path));
        var made = StoredAnswers.Read(await File.ReadAllBytesAsync(file, Cancel));
        Assert.Equal(SampleGallery.Questions.Select(scene => (scene.File, scene.Question)),
            made.Select(answer => (answer.File, answer.Question)));

        // One was changed by hand and is made again; the others keep their date.
        var then = new DateOnly(2025, 3, 4);
        await File.WriteAllTextAsync(file, StoredAnswers.Write(
            made.Select((answer, index) => answer with { Date = then, Text = index == 1 ? "Changed." : answer.Text })),
            Cancel);
        Assert.Equal(0, await RunAsync(folder.Path));
        var again = StoredAnswers.Read(await File.ReadAllBytesAsync(file, Cancel));
        Assert.Equal(made.Select(answer => answer.Text), again.Select(answer => answer.Text));
        Assert.Equal(made.Length - 1, again.Count(answer => answer.Date == then));
        Assert.NotEqual(then, again[1].Date);
        var bytes = await File.ReadAllBytesAsync(file, Cancel);
        Assert.Equal(0, await RunAsync(folder.Path));
        Assert.Equal(bytes, await File.ReadAllBytesAsync(file, Cancel));

        await File.WriteAllTextAsync(file, "{", Cancel);
        Assert.Equal(1, await RunAsync(folder.Path));
    }

    [Fact]
    public async Task Gallery_PictureReplacedOrFileBroken_IsShownWithoutThoseAnswers()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Combine("samples"));
        foreach (var file in SampleGallery.Questions.Select(scene => scene.File).Append(StoredAnswers.FileName))
            File.Copy(Path.Combine(TestData.Samples, file), folder.Combine(Path.Combine("samples", file)));
        await File.AppendAllTextAsync(folder.Combine(Path.Combine("samples", "scene-03.png")), "x", Cancel);
        Assert.Equal(["scene-03.png"], Open().Scenes.Where(scene => scene.Answer is null).Select(scene => scene.File));

        await File.WriteAllTextAsync(
            folder.Combine(Path.Combine("samples", StoredAnswers.FileName)), "[{\"file\":", Cancel);
        Assert.All(Open().Scenes, scene => Assert.Null(scene.Answer));

        SampleGallery Open()
        {
            using var intake = new ImageIntake(new ImageOptions());
            return new SampleGallery(
                new Root(new PhysicalFileProvider(folder.Path)), intake, NullLogger<SampleGallery>.Instance);
        }
    }

    private static Task<int> RunAsync(string folder)
        => LabProgram.RunAsync(["store-answers", folder], TextWriter.Null, TextWriter.Null);

    private sealed class Root(IFileProvider files) : IWebHostEnvironment
    {
        public string WebRootPath { get; set; } = "";

        public IFileProvider WebRootFileProvider { get; set; } = files;

        public string ApplicationName { get; set; } = "";

        public IFileProvider ContentRootFileProvider { get; set; } = files;

        public string ContentRootPath { get; set; } = "";

        public string EnvironmentName { get; set; } = "";
    }
}
