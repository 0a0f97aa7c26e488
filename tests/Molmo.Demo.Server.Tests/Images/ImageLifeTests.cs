using System.Net;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Images;

namespace Molmo.Demo.Server.Tests.Images;

public sealed class ImageLifeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Show_OwnPicture_IsDataThatNothingCanRunAndNobodyElseKeeps()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var id = (await person.UploadAsync(Rasters.Png())).Text("id");

        using var response = await person.GetAsync($"/img/{id}", Cancellation);

        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("default-src 'none'; sandbox", response.Headers.GetValues("Content-Security-Policy").Single());
        Assert.True(response.Headers.CacheControl!.Private);
        Assert.False(response.Headers.Contains("Set-Cookie"));
        Assert.Null(response.Content.Headers.ContentDisposition);
    }

    [Fact]
    public async Task Show_KnownTag_IsNotSentAgain()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var id = (await person.UploadAsync(Rasters.Png())).Text("id");
        using var first = await person.GetAsync($"/img/{id}", Cancellation);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/img/{id}");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);

        using var second = await person.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Slow]
    [Theory]
    [InlineData(1200, 900, 176, 132)]
    [InlineData(90, 60, 90, 60)]
    [InlineData(3000, 300, 264, 132)]
    public async Task Small_OwnPicture_IsOfTheSizeOfALine(int width, int height, int smallWidth, int smallHeight)
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var other = app.AsNewVisitor();
        var id = (await person.UploadAsync(Rasters.Png(width, height))).Text("id");

        using var response = await person.GetAsync($"/img/{id}/small", Cancellation);
        var small = ImageDecoder.Decode(
            await response.Content.ReadAsByteArrayAsync(Cancellation), DecoderLimits.Default, Cancellation);

        Assert.Equal((smallWidth, smallHeight), (small.Width, small.Height));
        Assert.Equal("default-src 'none'; sandbox", response.Headers.GetValues("Content-Security-Policy").Single());
        Assert.True(response.Headers.CacheControl!.Private);
        using var foreign = await other.GetAsync($"/img/{id}/small", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);

        using var deletion = await person.DeleteAsync($"/api/images/{id}", Cancellation);
        using var gone = await person.GetAsync($"/img/{id}/small", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Null(await app.Services.GetRequiredService<Thumbnails>()
            .FindAsync(response.Headers.ETag!.Tag.Trim('"').Split('-')[0], Cancellation));
    }

    [Fact]
    public async Task Show_ForeignOrUnknown_IsNotFoundAlike()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var other = app.AsNewVisitor();
        await other.UploadAsync(Rasters.Png());
        var id = (await person.UploadAsync(Rasters.Png())).Text("id");

        foreach (var unknown in new[] { id, ImageId.New().Value, "x", "..%2f..%2fmolmo.db", new string('a', 5000) })
        {
            using var response = await other.GetAsync($"/img/{unknown}", Cancellation);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            using var deletion = await other.DeleteAsync($"/api/images/{unknown}", Cancellation);
            Assert.Equal(HttpStatusCode.NotFound, deletion.StatusCode);
        }
        using var still = await person.GetAsync($"/img/{id}", Cancellation);
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
    }

    [Fact]
    public async Task Delete_OneOfTwoEqualPictures_KeepsTheOther()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var friend = app.AsNewVisitor();
        var first = await person.UploadAsync(Rasters.Png());
        var second = await friend.UploadAsync(Rasters.Png());
        Assert.NotEqual(first.Text("id"), second.Text("id"));
        Assert.Equal(first.Text("contentHash"), second.Text("contentHash"));
        Assert.Single(app.ImageFiles);

        using var deletion = await person.DeleteAsync($"/api/images/{first.Text("id")}", Cancellation);

        Assert.Equal(HttpStatusCode.NoContent, deletion.StatusCode);
        using var gone = await person.GetAsync($"/img/{first.Text("id")}", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        using var kept = await friend.GetAsync($"/img/{second.Text("id")}", Cancellation);
        Assert.Equal(HttpStatusCode.OK, kept.StatusCode);
        using var last = await friend.DeleteAsync($"/api/images/{second.Text("id")}", Cancellation);
        Assert.Empty(app.ImageFiles);
    }

    [Fact]
    public async Task Delete_PictureOfAConversation_KeepsTheQuestion()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var id = (await person.UploadAsync(Rasters.Png())).Text("id");
        app.Seed(app.OwnerOf(id), ("What is this?", "A square.", id, EndReason.Finished));

        using var deletion = await person.DeleteAsync($"/api/images/{id}", Cancellation);

        Assert.Equal(HttpStatusCode.NoContent, deletion.StatusCode);
        using var connection = app.Database.Open();
        Assert.Equal(
            "What is this?", connection.QuerySingle<string>("SELECT question FROM generations WHERE image IS NULL"));
    }

    [Fact]
    public async Task Load_Stored_GivesWhatTheBytesDecodeTo()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var info = await person.UploadSampleAsync();
        var id = new ImageId(info.Text("id"));
        var owner = app.OwnerOf(id.Value);

        var loaded = await app.Store.LoadAsync(owner, id, Cancellation);
        var bytes = await app.Store.ReadStoredAsync(info.Text("contentHash"), Cancellation);

        Assert.Equal(ImageDecoder.Decode(bytes!, DecoderLimits.Default, Cancellation).Pixels, loaded!.Pixels);
        Assert.Null(await app.Store.LoadAsync(VisitorId.New(), id, Cancellation));
        Assert.Null(await app.Store.FindAsync(VisitorId.New(), id, Cancellation));
        Assert.Equal(info.Text("contentHash"), (await app.Store.FindAsync(owner, id, Cancellation))!.ContentHash);
    }

    [Fact]
    public async Task AddStored_BytesOfAnotherMachine_AreKeptAsTheyAre()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var hash = (await person.UploadSampleAsync()).Text("contentHash");
        var bytes = await app.Store.ReadStoredAsync(hash, Cancellation);
        await using var inference = new MolmoApplication();
        var web = VisitorId.New();

        var info = await inference.Store.AddStoredAsync(web, bytes!, "photo", Cancellation);

        Assert.Equal(hash, info.ContentHash);
        Assert.Equal(info, inference.Store.FindByHash(web, hash));
        Assert.Equal(bytes, await inference.Store.ReadStoredAsync(hash, Cancellation));
    }

    [Slow]
    [Fact]
    public async Task TakeSample_EachOfTheGallery_IsWhatAnUploadOfItGives()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var visitor = VisitorId.New();
        var catalog = app.Services.GetRequiredService<IImageCatalog>();
        Assert.NotEmpty(catalog.Samples);

        foreach (var scene in catalog.Samples)
        {
            var taken = await catalog.TakeSampleAsync(visitor, scene.File, Cancellation);
            var uploaded = await person.UploadSampleAsync(scene.File);
            Assert.Equal(uploaded.Text("contentHash"), taken!.ContentHash);
            Assert.NotNull(await catalog.FindAsync(visitor, taken.Id, Cancellation));
        }
    }

    [Theory]
    [InlineData("truth.json")]
    [InlineData("../app.css")]
    [InlineData("")]
    public async Task TakeSample_NotOfTheGallery_IsNull(string file)
    {
        await using var app = new MolmoApplication();

        Assert.Null(await app.Store.TakeSampleAsync(VisitorId.New(), file, Cancellation));
    }

    [Fact]
    public async Task TakeSample_OverTheVisitorsShare_IsRefusedWithASentence()
    {
        await using var app = new MolmoApplication(("Molmo:Images:VisitorMegabytes", "1"));
        var visitor = VisitorId.New();

        var refusal = await Assert.ThrowsAsync<ChatRefusedException>(async () =>
        {
            for (var i = 0; i < 20; i++)
                await app.Store.TakeSampleAsync(visitor, app.Store.Samples[0].File, Cancellation);
        });

        Assert.Equal(ChatFault.VisitorLimit, refusal.Fault);
        Assert.Contains("1 MB", Words.Of(refusal.Fact), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Samples_FilesOfTheWebRoot_AreServed()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();

        foreach (var scene in app.Store.Samples)
        {
            var served = await person.GetByteArrayAsync($"/samples/{scene.File}", Cancellation);
            Assert.Equal(
                await File.ReadAllBytesAsync(Path.Combine(TestData.Samples, scene.File), Cancellation), served);
        }
    }

    [Fact]
    public void DecodedPictures_MoreThanTheLimit_ForgetTheOldest()
    {
        var cache = new DecodedImages(new ImageOptions { DecodedMegabytes = 1 });
        RgbImage Make() => new(400, 400, new byte[400 * 400 * 3]);

        cache.Add("a", Make());
        cache.Add("b", Make());
        Assert.NotNull(cache.Find("a"));
        cache.Add("c", Make());

        Assert.NotNull(cache.Find("a"));
        Assert.Null(cache.Find("b"));
        Assert.NotNull(cache.Find("c"));
        cache.Add("huge", new RgbImage(1000, 1000, new byte[3_000_000]));
        Assert.Null(cache.Find("huge"));
        cache.Remove("a");
        Assert.Null(cache.Find("a"));
    }
}
