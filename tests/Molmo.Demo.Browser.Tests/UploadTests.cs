using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using Molmo.Demo.Inference.Imaging;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>Ways for a picture to come in, and what is said of those that cannot.</summary>
public sealed class UploadTests(Site site)
{
    private static readonly RgbImage Picture = Photos.Quarters(96, 64);

    // Notes how many bytes are sent.
    private const string Counting = "const send = XMLHttpRequest.prototype.send; "
        + "XMLHttpRequest.prototype.send = function (body) { window.sentBytes = body.size; send.call(this, body); };";

    [Theory]
    [InlineData("image/bmp")]
    [InlineData("image/gif")]
    [InlineData("image/webp")]
    public async Task Photo_OfAYoungerType_IsSentAsItIs(string type)
    {
        await using var visitor = await site.VisitAsync();
        await visitor.Context.AddInitScriptAsync(Counting);
        await visitor.OpenAsync();
        var content = type switch
        {
            "image/bmp" => Photos.Bmp(Picture),
            "image/gif" => Photos.Gif(Picture),
            _ => await WebPAsync(visitor.Page),
        };

        await visitor.UploadAsync("picture." + type[6..], type, content);

        await ExpectImageAsync(visitor);
        Assert.Equal(content.Length, await visitor.Page.EvaluateAsync<long>("() => window.sentBytes"));
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Photo_OnlyTheBrowserCanOpen_IsConvertedAndSent()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenAsync();

        await visitor.UploadAsync("picture.ico", "image/x-icon", Photos.Icon(Png(), Picture));

        await ExpectImageAsync(visitor);
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Bitmap_OverTheLimit_IsMadeSmallerByTheBrowser()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.Context.AddInitScriptAsync(Counting);
        await visitor.OpenAsync();
        using var folder = new TemporaryFolder();
        var huge = Path.Combine(folder.Path, "huge.bmp");
        await File.WriteAllBytesAsync(
            huge, Photos.Bmp(Photos.Quarters(2900, 2600)), TestContext.Current.CancellationToken);

        await visitor.UploadAsync(huge);

        await Expect(visitor.Photo).ToBeVisibleAsync();
        Assert.Equal((2900, 2600), await Geometry.PhotoSizeAsync(visitor.Page));
        Assert.InRange(await visitor.Page.EvaluateAsync<long>("() => window.sentBytes"), 1, 1 << 20);
        visitor.ExpectNoTrouble();
    }

    [Theory]
    [InlineData("scene-03.png")]
    [InlineData("scene-08.jpg")]
    public async Task Photo_TheServerCanOpen_IsSentAsItIs(string name)
    {
        await using var visitor = await site.VisitAsync();
        await visitor.Context.AddInitScriptAsync(Counting);

        await visitor.OpenWithPhotoAsync(Photos.Sample(name));

        Assert.Equal(
            new FileInfo(Photos.Sample(name)).Length, await visitor.Page.EvaluateAsync<long>("() => window.sentBytes"));
        visitor.ExpectNoTrouble();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Photo_ChosenWhileThePageConnects_IsTaken(bool isChosenBefore)
    {
        await using var visitor = await site.VisitAsync();
        var mayConnect = new TaskCompletionSource();
        await visitor.Page.RouteAsync("**/_blazor/negotiate**", async route =>
        {
            await mayConnect.Task;
            await route.ContinueAsync();
        });
        await visitor.OpenAsync();

        var chooser = await visitor.Page.RunAndWaitForFileChooserAsync(
            () => visitor.Page.Locator("[data-choose-label]").ClickAsync());
        var file = new FilePayload { Name = "picture.png", MimeType = "image/png", Buffer = Png() };
        if (isChosenBefore) await chooser.SetFilesAsync(file);
        await visitor.Composer.FillAsync("What is this?");
        mayConnect.SetResult();
        if (!isChosenBefore)
        {
            await Expect(visitor.Send).ToBeEnabledAsync();
            await visitor.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
            await chooser.SetFilesAsync(file);
        }

        await ExpectImageAsync(visitor);
        await Expect(visitor.Composer).ToHaveValueAsync("What is this?");
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Photo_PastedAnywhere_IsTaken()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenAsync();
        await Expect(visitor.Composer).ToBeVisibleAsync();

        await GiveAsync(visitor.Page, Png(), "(files) => document.body.dispatchEvent(new ClipboardEvent('paste', "
            + "{ clipboardData: files, bubbles: true, cancelable: true }))");

        await ExpectImageAsync(visitor);
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Photo_DroppedAnywhere_IsTaken()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenAsync();
        await Expect(visitor.Composer).ToBeVisibleAsync();

        await GiveAsync(visitor.Page, Png(),
            """
            (files) => {
              const target = document.querySelector('[data-testid=composer]');
              for (const type of ['dragenter', 'dragover', 'drop'])
                  target.dispatchEvent(new DragEvent(type, { dataTransfer: files, bubbles: true, cancelable: true }));
            }
            """);

        await ExpectImageAsync(visitor);
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Text_PastedIntoTheBox_StaysText()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenAsync();
        await visitor.Composer.FocusAsync();

        await visitor.Page.Keyboard.InsertTextAsync("How many are there?");

        await Expect(visitor.Composer).ToHaveValueAsync("How many are there?");
        await Expect(visitor.Photo).ToHaveCountAsync(0);
    }

    [Theory]
    [InlineData("broken.jpg", "image/jpeg", new byte[] { 0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 1, 2, 3, 4, 5, 6 })]
    [InlineData("broken.png", "image/png", new byte[] { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13 })]
    [InlineData("notes.txt", "text/plain", new byte[] { 72, 101, 108, 108, 111 })]
    [InlineData("empty.jpg", "image/jpeg", new byte[0])]
    public async Task File_ThatCannotBeOpened_GetsASentenceAndNothingElseChanges(
        string name, string type, byte[] content)
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenAsync();
        await visitor.Composer.FillAsync("My words");

        await visitor.UploadAsync(name, type, content);

        await Expect(visitor.Error).ToBeVisibleAsync();
        // sent, where the page refuses; stored, where the server does
        await Expect(visitor.Error).ToContainTextAsync("Nothing was s");
        await Expect(visitor.Composer).ToHaveValueAsync("My words");
        await Expect(visitor.Photo).ToHaveCountAsync(0);
        visitor.ExpectNoTrouble(IsRefusedUpload);

        // It is no dead end: the next photo is taken, and the sentence goes.
        await visitor.UploadAsync("good.png", "image/png", Png());
        await ExpectImageAsync(visitor);
        await Expect(visitor.Error).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Photo_OfMorePixelsThanAreTaken_IsSentAsASmallerCopy()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenAsync();

        await visitor.UploadAsync("wide.png", "image/png", Photos.Stripes(9600, 6800));

        await Expect(visitor.Photo).ToBeVisibleAsync();
        await Expect(visitor.Page.GetByTestId("remark")).ToHaveTextAsync(
            "This photo has 65 megapixels. The limit is 64, so a smaller copy (4752 × 3366) was sent.");
        Assert.Equal((4752, 3366), await Geometry.PhotoSizeAsync(visitor.Page));
        visitor.ExpectNoTrouble();

        // It goes with the question.
        await visitor.AskAsync("How many stripes are there?");
        await Expect(visitor.Page.GetByTestId("remark")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Photo_OverTheLimit_IsSentAsASmallerCopy()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenAsync();
        using var folder = new TemporaryFolder();
        var large = Path.Combine(folder.Path, "large.png");
        await using (var file = File.Create(large))
        {
            file.Write(Png());
            file.SetLength(34 << 20);
        }

        await visitor.UploadAsync(large);

        await ExpectImageAsync(visitor);
        await Expect(visitor.Page.GetByTestId("remark"))
            .ToHaveTextAsync("This photo is 34 MB. The limit is 20 MB, so a smaller copy was sent.");
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Photo_WithAWrongChecksum_IsTakenWithARemark()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenAsync();

        await visitor.UploadAsync(Path.Combine(TestData.Reports, "idat-crc.png"));

        await Expect(visitor.Photo).ToBeVisibleAsync();
        await Expect(visitor.Page.GetByTestId("remark")).ToContainTextAsync("a checksum does not match");
    }

    [Fact]
    public async Task File_OverTheLimit_IsRefusedWithItsSizeAndTheLimit()
    {
        await using var visitor = await site.VisitAsync();
        await visitor.OpenAsync();
        using var folder = new TemporaryFolder();
        var huge = Path.Combine(folder.Path, "huge.png");
        await using (var file = File.Create(huge))
        {
            // Nobody can open it, so that there is nothing to make a smaller copy of.
            file.Write(Png().AsSpan(0, 20));
            file.SetLength(34 << 20);
        }

        await visitor.UploadAsync(huge);

        await Expect(visitor.Error)
            .ToHaveTextAsync("This photo is 34 MB. The limit is 20 MB - crop it or save a smaller copy.");
    }

    private static bool IsRefusedUpload(string trouble) => trouble.Contains("/api/images", StringComparison.Ordinal);

    private static byte[] Png()
    {
        var stream = new MemoryStream();
        PngEncoder.Encode(Picture, stream);
        return stream.ToArray();
    }

    /// <summary>The browser itself is the only WebP encoder here.</summary>
    private static async Task<byte[]> WebPAsync(IPage page)
    {
        var encoded = await page.EvaluateAsync<string>(
            """
            async png => {
              const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(png), c => c.charCodeAt(0))]));
              const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
              canvas.getContext('2d').drawImage(bitmap, 0, 0);
              const bytes = new Uint8Array(
                  await (await canvas.convertToBlob({ type: 'image/webp', quality: 1 })).arrayBuffer());
              return btoa(String.fromCharCode(...bytes));
            }
            """, Convert.ToBase64String(Png()));
        return Convert.FromBase64String(encoded);
    }

    /// <summary>Hands a file to the page by an event, as clipboard and drag do.</summary>
    private static async Task GiveAsync(IPage page, byte[] content, string dispatch)
        => await page.EvaluateAsync(
            $$"""
            content => {
              const files = new DataTransfer();
              const bytes = Uint8Array.from(atob(content), c => c.charCodeAt(0));
              files.items.add(new File([bytes], 'image.png', { type: 'image/png' }));
              ({{dispatch}})(files);
            }
            """, Convert.ToBase64String(content));

    private static async Task ExpectImageAsync(Visitor visitor)
    {
        await Expect(visitor.Photo).ToBeVisibleAsync();
        Assert.Equal((Picture.Width, Picture.Height), await Geometry.PhotoSizeAsync(visitor.Page));
        var colours = await Geometry.PhotoColoursAsync(visitor.Page);
        foreach (var (cell, expected) in new[] { (0, new[] { 220, 20, 20 }), (7, [20, 200, 20]), (56, [20, 20, 220]),
            (63, [250, 250, 250]) })
            Assert.All(expected.Zip(colours.Skip(3 * cell)),
                pair => Assert.InRange(pair.Second, pair.First - 8, pair.First + 8));
    }
}
