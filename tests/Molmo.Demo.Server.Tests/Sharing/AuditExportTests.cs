using System.Text.Json.Nodes;
using System.Xml.Linq;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Sharing.Exports;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Tests.Sharing;

/// <summary>A person's check in every file, beside what the model said.</summary>
public sealed class AuditExportTests
{
    private const string Corrected =
        "2 boats, 1 dog, partly checked by a person. The model said 2 boats, 1 dog.";

    private const string Result = "3 claimed, 2 checked, 1 confirmed, 1 wrong, 1 missed. Precision 50 %, recall 50 %.";

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    // Of the two boats one is right and one wrong, nobody has looked at the dog, and a boat is missing.
    private static readonly Audit Check =
        Audit.Empty.Judge(0, 1, DotVerdict.Right).Judge(0, 2, DotVerdict.Wrong).AddMissed(0, 40, 25);

    private static readonly Export Checked = Exported.Of(null,
        [new SharedTurn(
            "How many boats?", Exported.Pointing, EndReason.Finished, 1, 800, 600, Conversations.Stamp, Audit: Check)]);

    [Fact]
    public void Json_Check_IsALayerOfItsOwn()
    {
        var turn = JsonNode.Parse(JsonExport.Write(Checked))!["turns"]![0]!;

        var audit = turn["audit"]!;
        Assert.Equal((Result, 3, 2, 1, 1, 1, 0.5, 0.5),
            ((string)audit["summary"]!, (int)audit["claimed"]!, (int)audit["checked"]!, (int)audit["confirmed"]!,
                (int)audit["wrong"]!, (int)audit["missed"]!, (double)audit["precision"]!, (double)audit["recall"]!));
        Assert.Equal(["1/1 right", "1/2 wrong", "2/1 unchecked"],
            audit["verdicts"]!.AsArray().Select(one => $"{one!["group"]}/{one["n"]} {one["verdict"]}"));
        Assert.Equal((1, 40.0, 320.0, 150.0),
            ((int)audit["missedPoints"]![0]!["group"]!, (double)audit["missedPoints"]![0]!["x"]!,
                (double)audit["missedPoints"]![0]!["pixelX"]!, (double)audit["missedPoints"]![0]!["pixelY"]!));
        Assert.Equal(3, (int)turn["pointCount"]!);
        var claim = turn["claim"]!;
        Assert.Equal(("Part", 3, 3), ((string)claim["check"]!, (int)claim["given"]!, (int)claim["count"]!));
        Assert.Equal(["boats 2 2 1 1 1", "dog 1 1 0 0 0"], claim["groups"]!.AsArray().Select(group =>
            $"{group!["noun"]} {group["given"]} {group["count"]} {group["right"]} {group["wrong"]} {group["missed"]}"));
        Assert.Null(JsonNode.Parse(JsonExport.Write(Exported.Of()))!["turns"]![0]!["audit"]);
    }

    [Fact]
    public void Csv_Check_IsAColumnAndRowsOfAPerson()
    {
        var rows = Csv.Read(CsvExport.Write(Checked));

        Assert.Equal(["model,right,2,2", "model,wrong,2,2", "model,unchecked,1,1", "person,missed,2,2"],
            rows.Skip(1).Select(row => string.Join(',', row[^5..^1])));
        Assert.Equal(["1", "How many boats?", "1", "white boats", "", "", "40", "25", "320", "150", "1", "800", "600",
            "person", "missed", "2", "2", "picture-1-aaaaaaaa.png"], rows[4]);
    }

    [Fact]
    public void Coco_Check_MakesAnnotationsGroundTruth()
    {
        var json = JsonNode.Parse(CocoExport.Write(Checked))!;

        static IEnumerable<string> Read(JsonNode node) => node.AsArray().Select(
            one => $"{one!["id"]} {one["category_id"]} {one["keypoints"]![0]} {one["source"]} {one["verdict"]}");
        Assert.Equal(["1 1 100 model right", "2 1 320 person missed"], Read(json["annotations"]!));
        Assert.Equal(["3 1 640 model wrong", "4 2 0 model unchecked"], Read(json["unconfirmed_annotations"]!));
        Assert.Equal(
            ["white boats", "dog"], json["categories"]!.AsArray().Select(category => (string)category!["name"]!));
        Assert.Empty(JsonNode.Parse(CocoExport.Write(Exported.Of()))!["unconfirmed_annotations"]!.AsArray());
    }

    [Fact]
    public void LabelStudio_Check_IsAnAnnotationBesideThePrediction()
    {
        var task = JsonNode.Parse(LabelStudioExport.Write(Checked))![0]!;

        Assert.Equal(3, task["predictions"]![0]!["result"]!.AsArray().Count);
        var annotation = task["annotations"]!.AsArray().Single()!;
        Assert.False((bool)annotation["ground_truth"]!);
        Assert.Equal(["t1g1p1 12.5 white boats", "t1m1 40 white boats"],
            annotation["result"]!.AsArray()
                .Select(one => $"{one!["id"]} {one["value"]!["x"]} {one["value"]!["keypointlabels"]![0]}"));
        Assert.Null(JsonNode.Parse(LabelStudioExport.Write(Exported.Of()))![0]!["annotations"]);
    }

    [Fact]
    public void Markdown_Check_IsAColumnALineAndATable()
    {
        var text = Encoding.UTF8.GetString(MarkdownExport.Write(Checked));

        Assert.Contains(
            "| n | x % | y % | x px | y px | verdict |\n|--:|--:|--:|--:|--:|---|\n| 1 | 12.5 | 50 | 100 | 300 | right "
                + "|\n| 2 | 80 | 99.95 | 640 | 599.7 | wrong |\n",
            text, StringComparison.Ordinal);
        Assert.Contains(
            $"**Check by a person**: {MarkdownExport.OneLine($"{Corrected} {Result}")}\n", text,
            StringComparison.Ordinal);
        Assert.Contains("|  | 40 | 25 | 320 | 150 | missed: white boats |\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_Check_HasThePersonsFigureBeforeTheModelsWords()
    {
        var part = Page(Check.AddMissed(1, 5, 5));
        Assert.Contains("<p class=\"claim\"><span><b>2</b> <bdi>boats</bdi></span> "
            + "<span><b>2</b> <bdi>dogs</bdi></span> <em>Partly checked by a person</em></p>\n<figure>", part,
            StringComparison.Ordinal);
        Assert.Contains("<em>Checked by a person</em></p>",
            Page(Check.Judge(1, 1, DotVerdict.Right)), StringComparison.Ordinal);
        Assert.DoesNotContain("checked by a person", Page(null), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Page_DotFoundWrong_IsMarkedSoThatItIsHollow()
    {
        Assert.Contains("<button><b>1</b></button><button class=\"wrong\"><b>2</b></button>", Page(Check),
            StringComparison.Ordinal);
        Assert.DoesNotContain("class=\"wrong\"><b>", Page(null), StringComparison.Ordinal);
    }

    [Fact]
    public void Page_Chip_HasItsCountOnlyBesideOthers()
    {
        Assert.Matches("""<span class="chip [^>]*><bdi>[^<]+</bdi> <b>2</b></span>""", Page(null));
        var lone = Encoding.UTF8.GetString(AnswerPage.WriteFile(
            Exported.Of(null, [new SharedTurn(
                "How many dogs?", """Two <points x1="10" y1="20" x2="30" y2="40" alt="dogs">dogs</points>.""",
                EndReason.Finished, 1, 800, 600, Conversations.Stamp)]),
            new Dictionary<int, string> { [1] = "data:," }));
        Assert.Matches("""<span class="chip [^>]*><bdi>dogs</bdi></span>""", lone);
    }

    private static string Page(Audit? check) => Encoding.UTF8.GetString(AnswerPage.WriteFile(
        Exported.Of(null, [new SharedTurn(
            "How many boats?", Exported.Pointing, EndReason.Finished, 1, 800, 600, Conversations.Stamp, Audit: check)]),
        new Dictionary<int, string> { [1] = "data:," }));

    [Fact]
    public void Svg_Check_IsAGroupOfItsOwnOnTopOfTheDots()
    {
        var turn = Checked.MainTurn!;

        var svg = XDocument.Parse(Encoding.UTF8.GetString(SvgExport.Write(Checked, turn, turn.Picture!, null))).Root!;

        var audit = svg.Elements(Svg + "g").Last();
        Assert.Equal("audit", (string)audit.Attribute("id")!);
        Assert.Equal($"Check by a person: {Result}", (string)audit.Element(Svg + "title")!);
        Assert.Equal(["right", "wrong", "missed"],
            audit.Elements(Svg + "g").Select(mark => (string)mark.Attribute("data-verdict")!));
        // A circle begins at its left, and its middle is the place itself.
        Assert.StartsWith("M311.111 150a",
            (string)audit.Elements(Svg + "g").Last().Element(Svg + "path")!.Attribute("d")!, StringComparison.Ordinal);
    }

    [Fact]
    public void Png_Check_IsPaintedBesideDotsAndWherePointsAreMissing()
    {
        var grey = new RgbImage(800, 600, [.. Enumerable.Repeat<byte>(0x40, 800 * 600 * 3)]);

        var png = ImageDecoder.Decode(
            PngExport.Write(Checked.MainTurn!, grey), DecoderLimits.Default, TestContext.Current.CancellationToken);

        Assert.Equal(0xfb3f97, Pixel(png, 98, 298));
        Assert.Contains(0x2fd07f, Around(png, 108, 308));
        // At the lower edge it stands above.
        Assert.Contains(0xff5d55, Around(png, 648, 591));
        // A dark plus on green.
        Assert.Equal(0x002000, Pixel(png, 320, 150) & 0xf0f0f0);
        Assert.Contains(0x2fd07f, Around(png, 320, 150));
        Assert.DoesNotContain(0xff5d55, Around(png, 108, 308));
    }

    [Fact]
    public void Page_Check_HasMarksWithTheirPlacesAndWords()
    {
        var html = Encoding.UTF8.GetString(
            AnswerPage.WriteFile(Checked, new Dictionary<int, string> { [1] = "data:image/png;base64,AAAA" }));

        Assert.Contains($"<p class=\"audit\"><b>{Corrected}</b> {Result}</p>", html, StringComparison.Ordinal);
        Assert.Contains(
            "<i class=\"right\" role=\"img\" aria-label=\"right: white boats, 1 of 2\"></i><i class=\"wrong\" "
                + "role=\"img\" aria-label=\"wrong: white boats, 2 of 2\"></i><i class=\"missed\"",
            html, StringComparison.Ordinal);
        Assert.Contains(".t1a>:nth-child(3){left:40%;top:25%}", html, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "class=\"audit\"",
            Encoding.UTF8.GetString(AnswerPage.WriteFile(Exported.Of(), new Dictionary<int, string>())),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("json", "3 claimed, 2 checked")]
    [InlineData("ls.json", "3 claimed, 2 checked")]
    [InlineData("md", "صحيح")]
    [InlineData("svg", "صحيح: white boats")]
    public async Task File_ForAReaderOfAnotherLanguage_SpeaksItWherePeopleRead(string format, string expected)
    {
        var arabic = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("ar");
        using var writer = new ExportWriter(null!);

        var file = await writer.WriteAsync(Checked, format, null, SvgPhoto.None, TestContext.Current.CancellationToken);

        Assert.Contains(expected, Encoding.UTF8.GetString(file!.Bytes), StringComparison.Ordinal);
        Assert.Equal(arabic, CultureInfo.CurrentUICulture);
    }

    private static IEnumerable<int> Around(RgbImage image, int x, int y)
        => from row in Enumerable.Range(y - 6, 13)
           where row < image.Height
           from column in Enumerable.Range(x - 6, 13)
           select Pixel(image, column, row);

    private static int Pixel(RgbImage image, int x, int y)
    {
        var at = ((y * image.Width) + x) * 3;
        return (image.Pixels[at] << 16) | (image.Pixels[at + 1] << 8) | image.Pixels[at + 2];
    }
}
