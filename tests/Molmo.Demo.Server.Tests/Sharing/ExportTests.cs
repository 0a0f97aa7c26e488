using System.Net;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Sharing.Exports;

namespace Molmo.Demo.Server.Tests.Sharing;

/// <summary>What other programs read. Each format is read back here as such a program would.</summary>
public sealed class ExportTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Json_Answer_HasEverythingWithItsScale()
    {
        var json = Parse(JsonExport.Write(Exported.Of(address: "https://molmo.example/s/x")));

        Assert.Equal(100, (int)json["scale"]!);
        Assert.Contains("percent", (string)json["scaleMeaning"]!, StringComparison.Ordinal);
        Assert.Equal((800, 600, "https://molmo.example/s/x/photo/1"), ((int)json["pictures"]![0]!["width"]!,
            (int)json["pictures"]![0]!["height"]!, (string)json["pictures"]![0]!["address"]!));
        var turn = json["turns"]![0]!;
        Assert.Equal("The boats and a dog.", (string)turn["answer"]!);
        Assert.Equal(Exported.Pointing, (string)turn["verbatim"]!);
        Assert.Equal("finished", (string)turn["ending"]!);
        Assert.Equal(3, (int)turn["pointCount"]!);
        var point = turn["groups"]![0]!["points"]![1]!;
        Assert.Equal((2, 80.0, 99.95, 640.0, 599.7), ((int)point["n"]!, (double)point["x"]!, (double)point["y"]!,
            (double)point["pixelX"]!, (double)point["pixelY"]!));
        Assert.Equal(
            ("white boats", "boats"), ((string)turn["groups"]![0]!["alt"]!, (string)turn["groups"]![0]!["text"]!));
        Assert.Equal("test-model", (string)turn["stamp"]!["model"]!);
    }

    [Fact]
    public void FilesForPeople_AnswerOfAPracticeCheckpoint_SayWhatItDoesNotKnow()
    {
        string[] caveats =
        [
            "Practice model. It knows 28 things, most of them drawn. Photos need real Molmo weights.",
            Words.Of(new ThingUnknown("Chairs", 28)),
        ];
        var export = Exported.Of(null,
        [
            new SharedTurn("How many chairs?", Exported.Pointing, EndReason.Finished, 1, 800, 600,
                Conversations.Stamp with { Practice = 28 }) { Unknown = [new ThingUnknown("Chairs", 28)] },
        ]);
        Assert.Equal(caveats, Caveats(export));
        var turn = export.Turns[0];
        var markdown = Encoding.UTF8.GetString(MarkdownExport.Write(export))
            .Replace("\\", "", StringComparison.Ordinal);
        var svg = Encoding.UTF8.GetString(SvgExport.Write(export, turn, turn.Picture!, null));
        var page = WebUtility.HtmlDecode(Encoding.UTF8.GetString(
            AnswerPage.WriteFile(export, new Dictionary<int, string>())));
        var frame = WebUtility.HtmlDecode(AnswerPage.WriteFrame(export, turn, null).Html);
        Assert.All(caveats, words => Assert.All([markdown, svg, page, frame],
            file => Assert.Contains(words, file, StringComparison.Ordinal)));
        Assert.Empty(Caveats(Exported.Of()));

        static IEnumerable<string> Caveats(Export export)
            => Parse(JsonExport.Write(export))["turns"]![0]!["caveats"]!.AsArray().Select(words => (string)words!);
    }

    [Fact]
    public void Csv_Points_AreRowsInPercentAndPixels()
    {
        var rows = Csv.Read(CsvExport.Write(Exported.Of()));

        Assert.Equal(["turn", "question", "group", "label", "text", "n", "x_percent", "y_percent", "x_pixel", "y_pixel",
            "picture", "picture_width", "picture_height", "source", "verdict", "count_given", "count", "picture_file"],
            rows[0]);
        Assert.Equal(["1", "How many boats?", "1", "white boats", "boats", "2", "80", "99.95", "640", "599.7", "1",
            "800", "600", "model", "", "2", "2", "picture-1-aaaaaaaa.png"], rows[2]);
        Assert.Equal([
            "1", "How many boats?", "2", "dog", "a dog", "1", "0", "100", "0", "600", "1", "800", "600", "model", "",
            "1", "1", "picture-1-aaaaaaaa.png"], rows[3]);
        Assert.Equal(4, rows.Count);
    }

    [Theory]
    [InlineData("=HYPERLINK(\"http://evil.example\",\"x\")")]
    [InlineData("+1+cmd|' /C calc'!A0")]
    [InlineData("-2+3")]
    [InlineData("@SUM(A1)")]
    [InlineData("\t=1+1")]
    [InlineData("\r\n=1+1")]
    [InlineData("  =1+1")]
    [InlineData("\u200b=1+1")]
    [InlineData("＝1+1")]
    [InlineData("|calc")]
    public void Csv_WordsThatWouldBeCalculated_StayWords(string words)
    {
        var cell = CsvExport.Text(words);

        Assert.StartsWith("\"'", cell, StringComparison.Ordinal);
        var rows = Csv.Read(CsvExport.Write(Exported.Of(question: words)));
        Assert.All(rows.Skip(1), row => Assert.Equal("'" + words, row[1]));
    }

    [Fact]
    public void Csv_QuotesAndBreaks_StayInTheirCell()
        => Assert.Equal("a \"b\", c\nd", Csv.Read(CsvExport.Write(Exported.Of(question: "a \"b\", c\nd")))[1][1]);

    [Fact]
    public void Coco_Points_AreKeypointsInPixelsOfNamedCategories()
    {
        var json = Parse(CocoExport.Write(Exported.Of()));

        Assert.Equal((1, 800, 600),
            ((int)json["images"]![0]!["id"]!, (int)json["images"]![0]!["width"]!, (int)json["images"]![0]!["height"]!));
        Assert.Equal(
            ["white boats", "dog"], json["categories"]!.AsArray().Select(category => (string)category!["name"]!));
        Assert.Equal(["point"], json["categories"]![0]!["keypoints"]!.AsArray().Select(name => (string)name!));
        var annotations = json["annotations"]!.AsArray();
        Assert.Equal([1, 2, 3], annotations.Select(annotation => (int)annotation!["id"]!));
        Assert.Equal([1, 1, 2], annotations.Select(annotation => (int)annotation!["category_id"]!));
        Assert.Equal([100, 300, 2.0], annotations[0]!["keypoints"]!.AsArray().Select(value => (double)value!));
        Assert.All(annotations, annotation => Assert.Equal((1, 1, 0),
            ((int)annotation!["image_id"]!, (int)annotation["num_keypoints"]!, (int)annotation["iscrowd"]!)));
    }

    [Fact]
    public void LabelStudio_Points_AreKeypointLabelsInPercent()
    {
        var task = JsonNode.Parse(LabelStudioExport.Write(Exported.Of()))!.AsArray().Single()!;

        var result = task["predictions"]![0]!["result"]!.AsArray();
        Assert.Equal(3, result.Select(one => (string)one!["id"]!).Distinct().Count());
        Assert.All(result, one => Assert.Equal(("keypointlabels", 800, 600, 0), ((string)one!["type"]!,
            (int)one["original_width"]!, (int)one["original_height"]!, (int)one["image_rotation"]!)));
        Assert.Equal((80.0, 99.95), ((double)result[1]!["value"]!["x"]!, (double)result[1]!["value"]!["y"]!));
        Assert.Equal("white boats", (string)result[1]!["value"]!["keypointlabels"]![0]!);
    }

    [Fact]
    public void Svg_Dots_StandInPixelsWithTheirNames()
    {
        var export = Exported.Of();
        var turn = export.MainTurn!;

        var svg = XDocument.Parse(
            Encoding.UTF8.GetString(SvgExport.Write(export, turn, turn.Picture!, "data:image/png;base64,AAAA"))).Root!;

        Assert.Equal("0 0 800 600", (string)svg.Attribute("viewBox")!);
        Assert.Equal("data:image/png;base64,AAAA", (string)svg.Element(Svg + "image")!.Attribute("href")!);
        Assert.Contains("800 x 600", (string)svg.Element(Svg + "desc")!, StringComparison.Ordinal);
        var dots = svg.Descendants(Svg + "path").ToList();
        Assert.Equal(["white boats, 1 of 2", "white boats, 2 of 2", "dog, 1 of 1"],
            dots.Select(dot => (string)dot.Element(Svg + "title")!));
        Assert.Equal([("12.5", "50"), ("80", "99.95"), ("0", "100")],
            dots.Select(dot => ((string)dot.Attribute("data-x")!, (string)dot.Attribute("data-y")!)));
        // A circle begins a radius to the left of its centre and goes round by twice that.
        var d = ((string)dots[0].Attribute("d")!).Split(['M', 'a', ' '], StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal((100.0, 300.0), (Number(d[0]) + Number(d[2]), Number(d[1])));
        Assert.Null(XDocument.Parse(Encoding.UTF8.GetString(SvgExport.Write(export, turn, turn.Picture!, null))).Root!
            .Element(Svg + "image"));
    }

    [Fact]
    public void Png_Dots_StandWherePercentSaysOnThePhotoAsItWas()
    {
        var photo = new RgbImage(800, 600, [.. Enumerable.Repeat<byte>(0x40, 800 * 600 * 3)]);

        var png = ImageDecoder.Decode(PngExport.Write(Exported.Of().MainTurn!, photo), DecoderLimits.Default,
            TestContext.Current.CancellationToken);

        Assert.Equal((800, 600), (png.Width, png.Height));
        Assert.Equal(0xfb3f97, Pixel(png, 100, 300));
        Assert.Equal(0xfb3f97, Pixel(png, 640, 599));
        Assert.Equal(0x35b4ff, Pixel(png, 0, 599));
        Assert.Equal(0x404040, Pixel(png, 400, 100));
        Assert.Equal(0x40, photo.Pixels[(300 * 800 + 100) * 3]);
        // Half way between the white rings on either side is the centre, within a pixel.
        int Ring(int step)
            => Enumerable.Range(1, 40).Select(i => 100 + i * step).First(x => Pixel(png, x, 300) == 0xffffff);
        Assert.InRange((Ring(-1) + Ring(1) + 1) / 2.0, 99, 101);
    }

    [Fact]
    public void Png_HugePhoto_IsMadeSmaller()
    {
        var png = ImageDecoder.ReadHeader(
            PngExport.Write(Exported.Of().MainTurn!, new RgbImage(8000, 50, new byte[8000 * 50 * 3])));

        Assert.Equal((PngExport.MaxSide, 26), (png.Width, png.Height));
    }

    [Fact]
    public void Markdown_Answer_HasTableScaleAndSize()
    {
        var text = Encoding.UTF8.GetString(MarkdownExport.Write(Exported.Of(address: "https://molmo.example/s/x")));

        Assert.StartsWith(
            "## How many boats?\n\n![The photo](https://molmo.example/s/x/photo/1)\n\nThe boats and a dog\\.\n", text,
            StringComparison.Ordinal);
        Assert.Contains(
            "**white boats**: 2\n\n| n | x % | y % | x px | y px |\n|--:|--:|--:|--:|--:|\n| 1 | 12.5 | 50 | 100 | 300 "
                + "|\n| 2 | 80 | 99.95 | 640 | 599.7 |\n",
            text, StringComparison.Ordinal);
        Assert.Contains("800 x 600 pixels. x and y are in percent", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("![x](https://evil.example/a.png)")]
    [InlineData("<img src=x onerror=alert(1)> [a](javascript:alert(1))")]
    [InlineData("https://evil.example www.evil.example")]
    [InlineData("a | b\n# c\n- d\n1. e\n> f `g` *h* _i_ ~~j~~")]
    public void Markdown_HostileWords_StayWords(string words)
    {
        // Everything that begins a construct has a backslash before it, or is an entity.
        Assert.DoesNotMatch(@"(?<!\\)[\[\]()!|#*_`~:.>-]|<", MarkdownExport.OneLine(words));
    }

    [Fact]
    public void Of_AnswerThatWasCutInAList_HasItsPoints()
    {
        var export = Exported.Of(
            null, [new SharedTurn("q", "<points x1=\"1\" y1=\"2\" x2=\"3\"", EndReason.Stopped, 1, 10, 10, null)]);

        Assert.Equal(1, export.Turns[0].PointCount);
        Assert.Equal("stopped", (string)Parse(JsonExport.Write(export))["turns"]![0]!["ending"]!);
    }

    [Theory]
    [InlineData("How many cars?", "molmo-how-many-cars.csv")]
    [InlineData("../../etc/passwd\r\nX: y", "molmo-etc-passwd-x-y.csv")]
    [InlineData("\"; filename=evil.exe", "molmo-filename-evil-exe.csv")]
    [InlineData("كم تفاحة", "molmo.csv")]
    public void Name_OfAnyQuestion_IsPlainAscii(string question, string expected)
        => Assert.Equal(expected, ExportFile.Of(Exported.Of(question: question), "csv", "text/csv", []).Name);

    private static JsonObject Parse(byte[] json) => JsonNode.Parse(json)!.AsObject();

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static int Pixel(RgbImage image, int x, int y)
    {
        var at = ((y * image.Width) + x) * 3;
        return (image.Pixels[at] << 16) | (image.Pixels[at + 1] << 8) | image.Pixels[at + 2];
    }
}
