using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Private;

namespace Molmo.Demo.Server.Tests.Chat;

public sealed class CropCacheTests
{
    private static readonly MultiCropPreprocessor Preprocessor =
        new(new PreprocessorConfig(), new SpecialTokens(1, 2, 3, 4, 5));

    private readonly VisitorId _ann = VisitorId.New();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Question_SecondAboutAPicture_FindsTheVerySameCrops()
    {
        await using var app = new MolmoApplication();
        var image = await TakeAsync(app);
        var first = await CropsAsync(app, _ann, image);

        Assert.Same(first, await CropsAsync(app, _ann, image));
        Assert.Same(first, await CropsAsync(app, _ann, image, text: "Anything else?"));
        // The content counts, whoever has it.
        var ben = VisitorId.New();
        Assert.Same(first, await CropsAsync(app, ben, await TakeAsync(app, ben)));

        Assert.NotSame(first, await CropsAsync(app, _ann, image, maxCrops: 2));
        var part = await CropsAsync(app, _ann, image, region: new ImageRegion(0, 0, 50, 50));
        Assert.Equal(first.SourceWidth / 2, part.SourceWidth);
        Assert.Same(part, await CropsAsync(app, _ann, image, region: new ImageRegion(0, 0, 50, 50)));
    }

    [Fact]
    public async Task Picture_Deleted_LeavesNoCropsAndAnswersNobody()
    {
        await using var app = new MolmoApplication();
        var image = await TakeAsync(app);
        var (key, cache) = (await KeyAsync(app, image), app.Services.GetRequiredService<CropCache>());
        await CropsAsync(app, _ann, image);
        Assert.NotNull(cache.Find(key));
        // Others may not see it by having its id.
        await AssertGoneAsync(() => CropsAsync(app, VisitorId.New(), image));

        Assert.True(await app.Store.DeleteAsync(_ann, image.Id, Cancel));

        Assert.Null(cache.Find(key));
        await AssertGoneAsync(() => CropsAsync(app, _ann, image));

        static async Task AssertGoneAsync(Func<Task> ask) => Assert.IsType<PhotoRemoved>(
            (await Assert.ThrowsAsync<ChatRefusedException>(ask)).Fact);
    }

    [Fact]
    public async Task Chat_WithoutTrace_TakesItsCropsAlong()
    {
        await using var app = new MolmoApplication();
        var (chats, cache) = (app.Services.GetRequiredService<PrivateChats>(),
            app.Services.GetRequiredService<CropCache>());
        var chat = chats.Begin(_ann);
        var image = await app.Store.TakeSampleAsync(_ann, chat, app.Store.Samples[0].File, Cancel);
        var key = await KeyAsync(app, image!, chat);

        var first = await CropsAsync(app, _ann, image!, passing: chat);
        Assert.Same(first, await CropsAsync(app, _ann, image!, passing: chat));
        Assert.Same(first, cache.Find(key));
        Assert.Null(cache.Find(key with { Passing = null }));
        Assert.NotSame(first, await CropsAsync(app, _ann, await TakeAsync(app)));

        chats.End(chat);

        Assert.Null(cache.Find(key));
        // Made while it ended.
        Assert.Same(first, cache.Add(key, first));
        Assert.Null(cache.Find(key));
    }

    [Fact]
    public async Task Crops_MoreThanTheLimit_ForgetTheOldest()
    {
        await using var app = new MolmoApplication(("Molmo:Images:CropMegabytes", "1"));
        var cache = app.Services.GetRequiredService<CropCache>();
        var (a, b, c, huge) = (Key("a"), Key("b"), Key("c"), Key("huge"));

        var first = cache.Add(a, Inputs(100_000));
        Assert.Same(first, cache.Add(a, Inputs(100_000)));
        cache.Add(b, Inputs(100_000));
        Assert.NotNull(cache.Find(a));
        cache.Add(c, Inputs(100_000));

        Assert.Same(first, cache.Find(a));
        Assert.Null(cache.Find(b));
        Assert.NotNull(cache.Find(c));
        cache.Add(huge, Inputs(300_000));
        Assert.Null(cache.Find(huge));
        Assert.NotNull(cache.Find(c));
        cache.Remove("c");
        Assert.Null(cache.Find(c));
    }

    private async Task<ImageInfo> TakeAsync(MolmoApplication app, VisitorId? visitor = null)
        => (await app.Store.TakeSampleAsync(visitor ?? _ann, app.Store.Samples[0].File, Cancel))!;

    private static async Task<ImageInputs> CropsAsync(
        MolmoApplication app, VisitorId visitor, ImageInfo image, string text = "How many?", int? maxCrops = null,
        ImageRegion? region = null, ConversationId? passing = null)
    {
        var model = await app.Services.GetRequiredService<EngineHost>().Loaded;
        var prompt = maxCrops is { } most ? PromptChoice.Plain with { MaxCrops = most } : PromptChoice.Plain;
        var assignment = new Assignment(
            GenerationId.New(), visitor, passing ?? ConversationId.New(), text, image, SamplingChoice.Greedy, [], 0,
            region)
        {
            Prompt = prompt,
            IsPrivate = passing is not null,
        };
        return (await app.Services.GetRequiredService<QuestionPreparation>().CropsAsync(model, assignment, Cancel))!;
    }

    private static async Task<CropKey> KeyAsync(MolmoApplication app, ImageInfo image, ConversationId? passing = null)
    {
        var model = await app.Services.GetRequiredService<EngineHost>().Loaded;
        return new CropKey(
            image.ContentHash, null, model.Preprocessor, model.CropsFor(PromptChoice.Plain), passing);
    }

    private static CropKey Key(string hash) => new(hash, null, Preprocessor, 12, null);

    private static ImageInputs Inputs(int values) => new()
    {
        SourceWidth = 1,
        SourceHeight = 1,
        Tiling = new Tiling(1, 1),
        CropCount = 1,
        PatchCount = 1,
        PatchSize = values,
        TokensPerCrop = 1,
        Patches = new float[values],
        Masks = [],
        ImageTokenPositions = [],
        ImageTokenIds = [],
    };
}
