using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Sharing;
using Molmo.Demo.Server.Sharing.Exports;
using Molmo.Demo.Server.Tests.Images;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Tests.Sharing;

public sealed class PreviewCardTests
{
    private const int MaxBytes = 300_000;
    private const int Stage = 0x17151c;
    private const string TwoDogs = "<points x1=\"25\" y1=\"30\" x2=\"75\" y2=\"80\" alt=\"dogs\">dogs</points>";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(800, 600)]
    [InlineData(300, 900)]
    [InlineData(2000, 250)]
    [InlineData(7, 7)]
    [InlineData(1, 400)]
    public void Draw_Photo_StandsWholeAndCentredOnTheStage(int width, int height)
    {
        var card = Decode(PreviewCard.Draw(Plain(width, height), null));

        var (left, top, fittedWidth, fittedHeight) = PreviewCard.Fit(width, height, hasWords: false);
        Assert.Equal((1200, 630), (card.Width, card.Height));
        Assert.True(fittedWidth == 1152 || fittedHeight == 582);
        if (fittedWidth >= 8) AssertNear(0x6090c0, Pixel(card, left + (fittedWidth / 2), top + (fittedHeight / 2)));
        AssertNear(Stage, Pixel(card, 4, 4));
        AssertNear(Stage, Pixel(card, 1195, 625));
    }

    [Fact]
    public void Draw_Dots_StandWherePercentSays()
    {
        ImmutableArray<PointSegment> groups =
        [
            new(0, [new ImagePoint(1, 25, 30), new ImagePoint(2, 75, 80)], "t", "a", true),
            new(1, [new ImagePoint(1, 50, 50)], "t", "a", true),
        ];

        var card = Decode(PreviewCard.Draw(Plain(800, 600), Turn(groups)));

        var (left, top, width, height) = PreviewCard.Fit(800, 600, hasWords: true);
        foreach (var (x, y, colour) in new[] { (25.0, 30.0, 0xfb3f97), (75, 80, 0xfb3f97), (50, 50, 0x35b4ff) })
        {
            var (centreX, centreY) = (left + (x / 100 * width), top + (y / 100 * height));
            AssertNear(colour, Pixel(card, (int)centreX, (int)centreY));
            AssertCentre(card, centreX, centreY);
        }
    }

    [Fact]
    public void Draw_NoiseAndFiveHundredDots_StaysSmall()
    {
        var pixels = new byte[1200 * 630 * 3];
        new Random(3).NextBytes(pixels);
        var points =
            Enumerable.Range(0, 500).Select(n => new ImagePoint(n + 1, n % 25 * 4, n / 25 * 5)).ToImmutableArray();

        var card = PreviewCard.Draw(
            new RgbImage(1200, 630, pixels), Turn([new PointSegment(0, points, "t", "a", true)]));

        Assert.InRange(card.Length, 1, MaxBytes);
    }

    [Fact]
    public void Draw_PointsInTheCorners_AreInside()
    {
        ImmutableArray<PointSegment> corners =
            [new(0, [new(1, 0, 0), new(2, 100, 0), new(3, 0, 100), new(4, 100, 100)], "", "", true)];

        var card = Decode(PreviewCard.Draw(Plain(1200, 630), Turn(corners)));

        var (left, top, width, height) = PreviewCard.Fit(1200, 630, hasWords: true);
        AssertNear(0xfb3f97, Pixel(card, left, top));
        AssertNear(0xfb3f97, Pixel(card, left + width, top + height));
    }

    [Fact]
    public async Task Preview_FirstAnswerThatPoints_IsDrawnOnItsOwnPhoto()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var plain = (await person.UploadAsync(Rasters.Png(600, 300, 10, 20, 30))).Text("id");
        var pointed = (await person.UploadAsync(Rasters.Png(600, 300, 0, 160, 0))).Text("id");
        var id = await person.ShareAsync(app.Seed(app.OwnerOf(plain),
            ("what", "A dark field.", plain, EndReason.Finished),
            ("where", "<point x=\"50\" y=\"50\" alt=\"a\">t</point>", pointed, EndReason.Finished)));

        using var response = await person.GetAsync($"/s/{id}/og.jpg", Cancellation);
        var card = Decode(await response.Content.ReadAsByteArrayAsync(Cancellation));

        Assert.Equal("image/jpeg", response.Content.Headers.ContentType?.ToString());
        var (left, top, width, height) = PreviewCard.Fit(600, 300, hasWords: true);
        AssertNear(0x00a000, Pixel(card, left + (width / 4), top + (height / 4)));
        AssertNear(0xfb3f97, Pixel(card, left + (width / 2), top + (height / 2)));
    }

    [Fact]
    public void Draw_QuestionAndCount_StandBesideThePhoto()
    {
        var (question, count) = (Rows(68, 330), Rows(430, 600));
        var card = Words("How many dogs are there?", TwoDogs);
        var other = Words("How many dogs are there?", "<point x=\"25\" y=\"30\" alt=\"dogs\">dogs</point>");
        var silent = Words("كم عدد الكلاب؟", "<point x=\"25\" y=\"30\" alt=\"كلاب\">كلاب</point>");

        Assert.InRange(Inked(card, question), 1500, 20_000);
        Assert.InRange(Inked(card, count), 3000, 40_000);
        Assert.Equal(Inked(card, question), Inked(other, question), 400.0);
        Assert.NotEqual(Inked(card, count), Inked(other, count), 200.0);
        // No letter of it can be drawn: the figure stands alone, and no boxes in place of words.
        Assert.Equal(0, Inked(silent, question));
        Assert.InRange(Inked(silent, count), 1000, Inked(other, count) - 1000);
    }

    [Fact]
    public void Draw_WordsThatCannotBeDrawn_LeaveTheWholeCardToThePhoto()
    {
        var card = Words("犬は何匹いますか", "Nothing.", points: false);

        var (left, top, width, _) = PreviewCard.Fit(800, 600, hasWords: false);
        AssertNear(0x6090c0, Pixel(card, left + 2, top + 2));
        AssertNear(0x6090c0, Pixel(card, left + width - 3, top + 2));
    }

    [Fact]
    public void Draw_CheckedAnswer_ShowsNoWrongDotAsARightOneAndTheAddedOnes()
    {
        var audit = Audit.Empty.Judge(0, 1, DotVerdict.Right).Judge(0, 2, DotVerdict.Wrong).AddMissed(0, 50, 20);
        var turn = new SharedTurn("How many?", TwoDogs, EndReason.Finished, 1, 800, 600, null, Audit: audit);

        var card = Decode(PreviewCard.Draw(Plain(800, 600), ExportTurn.Of(1, turn, null)));

        var (left, top, width, height) = PreviewCard.Fit(800, 600, hasWords: true);
        AssertNear(0xfb3f97, Pixel(card, left + (width / 4), top + (height * 3 / 10)));
        var hollow = Pixel(card, left + (width * 3 / 4), top + (height * 4 / 5));
        Assert.True((hollow >> 16) < 0x70, $"#{hollow:x6} is a full dot");
        AssertNear(0x2fd07f, Pixel(card, left + (width / 2) - 5, top + (height / 5) - 5));
    }

    [Fact]
    public void Draw_AccentsInAnyForm_AreLetters()
    {
        var whole = Words("Wie viele Bäume?", "Keine.", points: false);
        var parted = Words("Wie viele Ba\u0308ume?", "Keine.", points: false);

        Assert.Equal(Inked(whole, Rows(68, 330)), Inked(parted, Rows(68, 330)));
        Assert.NotEqual(0, Inked(whole, Rows(68, 330)));
    }

    [Fact]
    public void LetterPainter_ALongQuestion_IsCutWithinItsLinesAndWidth()
    {
        var words = string.Join(' ', Enumerable.Repeat("strawberries", 20));

        var lines = LetterPainter.Lines(words, 44, 430, 4);

        Assert.Equal(4, lines.Count);
        Assert.All(lines, line => Assert.InRange(LetterPainter.WidthOf(line, 44), 1, 430));
        Assert.EndsWith("…", lines[3], StringComparison.Ordinal);
        var endless = Assert.Single(LetterPainter.Lines(new string('m', 400), 44, 430, 4));
        Assert.InRange(LetterPainter.WidthOf(endless, 44), 1, 430);
    }

    [Fact]
    public async Task Preview_ConversationWithoutPicture_SaysItsQuestionOnTheStage()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        var image = (await person.UploadAsync(Rasters.Png())).Text("id");
        var id = await person.ShareAsync(app.Seed(app.OwnerOf(image), ("what", "Nothing.", null, EndReason.Finished)));

        var card = Decode(await person.GetByteArrayAsync($"/s/{id}/og.jpg", Cancellation));

        AssertNear(Stage, Pixel(card, 600, 600));
        Assert.NotEqual(0, Inked(card, Rows(68, 330, left: 90)));
    }

    private static RgbImage Words(string question, string answer, bool points = true)
    {
        var turn = ExportTurn.Of(1, new SharedTurn(question, answer, EndReason.Finished, 1, 800, 600, null), null);
        if (!points) turn = turn with { Segments = [.. turn.Segments.OfType<TextSegment>()] };
        return Decode(PreviewCard.Draw(Plain(800, 600), turn));
    }

    private static ExportTurn Turn(ImmutableArray<PointSegment> groups)
        => new(1, new SharedTurn("", "", EndReason.Finished, 1, 800, 600, null), [.. groups], null);

    private static (int Left, int Top, int Foot) Rows(int top, int foot, int left = 720) => (left, top, foot);

    // Pixels that are clearly lighter than the stage.
    private static int Inked(RgbImage card, (int Left, int Top, int Foot) area)
        => Enumerable.Range(area.Top, area.Foot - area.Top).Sum(y => Enumerable.Range(area.Left, 1180 - area.Left)
            .Count(x => (Pixel(card, x, y) & 0xff) > 0x60));

    private static RgbImage Plain(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        for (var i = 0; i < pixels.Length; i += 3) (pixels[i], pixels[i + 1], pixels[i + 2]) = (0x60, 0x90, 0xc0);
        return new RgbImage(width, height, pixels);
    }

    private static RgbImage Decode(byte[] jpeg) => ImageDecoder.Decode(jpeg, DecoderLimits.Default, Cancellation);

    private static int Pixel(RgbImage image, int x, int y)
    {
        var at = ((y * image.Width) + x) * 3;
        return (image.Pixels[at] << 16) | (image.Pixels[at + 1] << 8) | image.Pixels[at + 2];
    }

    // JPEG may move a colour a little.
    private static void AssertNear(int expected, int actual)
    {
        for (var shift = 0; shift < 24; shift += 8)
            Assert.True(Math.Abs(((expected >> shift) & 0xff) - ((actual >> shift) & 0xff)) <= 12,
                $"expected #{expected:x6}, found #{actual:x6}");
    }

    // Half way between the white rings on either side is the centre, within a pixel.
    private static void AssertCentre(RgbImage card, double x, double y)
    {
        Assert.InRange(Middle(offset => Pixel(card, offset, (int)y), (int)x), x - 1, x + 1);
        Assert.InRange(Middle(offset => Pixel(card, (int)x, offset), (int)y), y - 1, y + 1);

        static double Middle(Func<int, int> pixelAt, int start)
        {
            int Edge(int step)
            {
                var at = start;
                while (!IsWhite(pixelAt(at))) at += step;
                return at;
            }
            return (Edge(-1) + Edge(1) + 1) / 2.0;
        }
    }

    private static bool IsWhite(int pixel)
        => (pixel & 0xff) > 215 && ((pixel >> 8) & 0xff) > 215 && (pixel >> 16) > 215;
}
