using System.Text.Json.Nodes;
using Molmo.Demo.Server.Sharing.Exports;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Tests.Sharing;

/// <summary>What the field's tools make of the COCO file.</summary>
public sealed class CocoExportTests
{
    private static readonly JsonNode File = Written(Exported.Of());

    // The published code gives the same figures with kpt_oks_sigmas = [0.1].
    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(3, 0.7, 0.8)]
    [InlineData(-6, 0.4, 0.3)]
    public void Evaluation_DotsNearTheTruth_ScoresThem(double pixels, double boxes, double keypoints)
    {
        var results = CocoEvaluation.Moved(File, pixels);

        Assert.Equal(boxes, CocoEvaluation.OfBoxes(File, results), 6);
        Assert.Equal(keypoints, CocoEvaluation.OfKeypoints(File, results), 6);
    }

    [Fact]
    public void Evaluation_DotsElsewhere_ScoresNothing()
    {
        var results = CocoEvaluation.Moved(File, 60);

        Assert.Equal(0, CocoEvaluation.OfBoxes(File, results));
        Assert.Equal(0, CocoEvaluation.OfKeypoints(File, results));
    }

    // What such a file was once: a point without extent.
    [Fact]
    public void Evaluation_BoxesWithoutExtent_ScoresNothing()
    {
        var old = File.DeepClone();
        foreach (var annotation in old["annotations"]!.AsArray())
        {
            annotation!["bbox"] = new JsonArray(
                (double)annotation["keypoints"]![0]!, (double)annotation["keypoints"]![1]!, 0, 0);
            annotation["area"] = 0;
        }
        old = JsonNode.Parse(old.ToJsonString())!;

        Assert.Equal(0, CocoEvaluation.OfBoxes(old, CocoEvaluation.Moved(old, 0)));
        Assert.Equal(0, CocoEvaluation.OfKeypoints(old, CocoEvaluation.Moved(old, 0.001)));
    }

    [Fact]
    public void Write_SomeAnswer_KeepsTheRules()
    {
        CocoRules.Check(File);
        Assert.Equal(30 * 30, (int)File["annotations"]![0]!["area"]!);
        Assert.Equal([85, 285, 30, 30], Box(File, 0));
        // At the right and the lower border.
        Assert.Equal([625, 570, 30, 30], Box(File, 1));
        Assert.Equal([0, 570, 30, 30], Box(File, 2));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 4000)]
    [InlineData(7, 3)]
    [InlineData(9000, 50)]
    [InlineData(8160, 6144)]
    public void Write_PointsOnTheBorderOfAnyPicture_HaveBoxesInsideIt(int width, int height)
    {
        string[] places = ["0", "0.05", "33.3", "99.95", "99.999999", "100"];
        var points = string.Concat(places.SelectMany(x => places.Select(y => (x, y))).Index().Select(
            at => $" x{at.Index + 1}=\"{at.Item.x}\" y{at.Index + 1}=\"{at.Item.y}\""));
        var file = Written(Exported.Of(null,
            [new SharedTurn("q", $"<points{points}>a</points>", EndReason.Finished, 1, width, height, null)]));

        Assert.Equal(36, file["annotations"]!.AsArray().Count);
        CocoRules.Check(file);
        Assert.Equal(1, CocoEvaluation.OfBoxes(file, CocoEvaluation.Moved(file, 0)), 6);
    }

    [Fact]
    public void Write_NoPoints_HasThePictureAlone()
    {
        var file = Written(Exported.Of("There are none.", address: "https://molmo.example/s/x"));

        CocoRules.Check(file);
        Assert.Single(file["images"]!.AsArray());
        Assert.Empty(file["annotations"]!.AsArray());
    }

    [Fact]
    public void Write_SeveralPicturesAndNames_KeepsTheRules()
    {
        const string Same = """<point x="1" y="2" alt="dog">dog</point> <point x="3" y="4" alt="dog">dogs</point>""";
        var file = Written(Exported.Of("https://molmo.example/s/x",
        [
            new SharedTurn("a", Exported.Pointing, EndReason.Finished, 1, 800, 600, Conversations.Stamp),
            new SharedTurn("b", Same, EndReason.Finished, 2, 300, 900, null),
            new SharedTurn("c", "No.", EndReason.Finished, null, 0, 0, null),
            new SharedTurn("d", Same, EndReason.Finished, 1, 800, 600, Conversations.Stamp,
                Audit: Audit.Empty.Judge(0, 1, DotVerdict.Wrong).AddMissed(0, 100, 100)),
        ]));

        CocoRules.Check(file);
        Assert.Equal(["picture-1-aaaaaaaa.png", "picture-2-bbbbbbbb.jpg"],
            file["images"]!.AsArray().Select(image => (string)image!["file_name"]!));
        Assert.Equal((6, 2), (file["annotations"]!.AsArray().Count, file["unconfirmed_annotations"]!.AsArray().Count));
    }

    [Fact]
    public void Write_AThousandDots_KeepsThemAll()
    {
        var points = string.Concat(Enumerable.Range(1, 1000).Select(n => FormattableString.Invariant(
            $" x{n}=\"{n % 40 * 2.5}\" y{n}=\"{n / 40 * 4}\"")));
        var file = Written(Exported.Of($"<points{points} alt=\"ants\">ants</points>"));

        CocoRules.Check(file);
        Assert.Equal(1000, file["annotations"]!.AsArray().Count);
    }

    [Fact]
    public void Write_Info_SaysWhatIsKnownAndNoMore()
    {
        var audited = Written(Exported.Of("https://molmo.example/s/x",
            [new SharedTurn("q", Exported.Pointing, EndReason.Finished, 1, 800, 600, Conversations.Stamp,
                Audit: Audit.Empty.Judge(0, 1, DotVerdict.Right))]));
        var info = audited["info"]!;
        Assert.Equal(("https://molmo.example/s/x", "1.0", 2026, "2026/11/21"),
            ((string)info["url"]!, (string)info["version"]!, (int)info["year"]!, (string)info["date_created"]!));
        Assert.Equal("test-model 0123456789ab; a person who checked the points", (string)info["contributor"]!);
        var licence = audited["licenses"]!.AsArray().Single()!;
        Assert.Equal(("Not stated: the photo belongs to its owner", ""),
            ((string)licence["name"]!, (string)licence["url"]!));
        Assert.Equal("https://molmo.example", (string)Written(
            Exported.Of() with { Site = "https://molmo.example" })["info"]!["url"]!);
    }

    [Fact]
    public void Write_Check_IsAmongTheAttributesToo()
    {
        var file = Written(Exported.Of(null,
            [new SharedTurn("q", Exported.Pointing, EndReason.Finished, 1, 800, 600, null,
                Audit: Audit.Empty.Judge(0, 1, DotVerdict.Right).Judge(0, 2, DotVerdict.Wrong).AddMissed(0, 5, 5))]));

        static IEnumerable<string> Read(JsonNode list) => list.AsArray().Select(one => one!["attributes"]!)
            .Select(attributes => $"{attributes["source"]} {attributes["verdict"]} {attributes["n"]}");
        Assert.Equal(["model right 1", "person missed "], Read(file["annotations"]!));
        Assert.Equal(["model wrong 2", "model unchecked 1"], Read(file["unconfirmed_annotations"]!));
        Assert.Null(File["annotations"]![0]!["attributes"]!["verdict"]);
    }

    [Fact]
    public void Write_Twice_IsTheSameFile()
        => Assert.Equal(CocoExport.Write(Exported.Of()), CocoExport.Write(Exported.Of()));

    private static double[] Box(JsonNode file, int index)
        => [.. file["annotations"]![index]!["bbox"]!.AsArray().Select(value => (double)value!)];

    private static JsonNode Written(Export export) => JsonNode.Parse(CocoExport.Write(export))!;
}
