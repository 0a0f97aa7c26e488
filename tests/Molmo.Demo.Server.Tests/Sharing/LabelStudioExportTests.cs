using System.Text.Json.Nodes;
using System.Xml.Linq;
using Molmo.Demo.Server.Sharing;
using Molmo.Demo.Server.Sharing.Exports;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Tests.Sharing;

/// <summary>Tasks and configuration as Label Studio takes them in.</summary>
public sealed class LabelStudioExportTests
{
    private static readonly Audit Check =
        Audit.Empty.Judge(0, 1, DotVerdict.Right).Judge(0, 2, DotVerdict.Wrong).AddMissed(0, 40, 25);

    [Fact]
    public void Write_CheckedAnswers_SuitTheirConfiguration()
    {
        var export = Exported.Of("https://molmo.example/s/x",
        [
            new SharedTurn(
                "a", Exported.Pointing, EndReason.Finished, 1, 800, 600, Conversations.Stamp, Audit: Check),
            new SharedTurn("b", """<point x="1" y="2" alt="cat">cat</point>""", EndReason.Finished, 2, 9, 9, null),
            new SharedTurn("c", "There are none.", EndReason.Finished, 2, 9, 9, null),
        ]);

        var (tasks, configuration) = Written(export);

        LabelStudioRules.Check(tasks, configuration);
        Assert.Equal(["white boats", "dog", "cat"], Labels(configuration));
        Assert.All(tasks.AsArray(),
            task => Assert.Equal(configuration.Trim(), (string)task!["data"]!["label_config"]!));
        var results = tasks[0]!["predictions"]![0]!["result"]!.AsArray();
        Assert.Equal(["right", "wrong", "unchecked"], results.Select(one => (string)one!["meta"]!["text"]![0]!));
        Assert.Equal(["right", "missed"], tasks[0]!["annotations"]![0]!["result"]!.AsArray()
            .Select(one => (string)one!["meta"]!["text"]![0]!));
        Assert.Null(tasks[1]!["predictions"]![0]!["result"]![0]!["meta"]);
    }

    [Theory]
    [InlineData("\"><Label value=\"evil\"/>", "\"><Label value=\"evil\"/>")]
    [InlineData("$100 & more", "＄100 & more")]
    [InlineData("two\n lines\u0001\tand\u2028more ", "two lines and more")]
    public void Write_NameThatXmlCannotHold_IsTheSameLabelInBoth(string name, string label)
    {
        Assert.Equal(label, LabelStudioConfiguration.LabelOf(name));
        var (tasks, configuration) = Written(Exported.Of($"<point x=\"1\" y=\"2\" alt='{name}'>x</point>"));
        LabelStudioRules.Check(tasks, configuration);
    }

    [Fact]
    public void LabelOf_HalfAPair_IsReplaced()
        => Assert.Equal("🐧 \ufffd", LabelStudioConfiguration.LabelOf($"🐧 {(char)0xd83d}"));

    [Fact]
    public void Write_NoPoints_HasATaskAndALabelForWhatIsMissing()
    {
        var (tasks, configuration) = Written(Exported.Of("There are none."));

        LabelStudioRules.Check(tasks, configuration);
        Assert.Empty(tasks[0]!["predictions"]![0]!["result"]!.AsArray());
        Assert.Equal(["point"], Labels(configuration));
    }

    [Fact]
    public void Write_OwnPhoto_IsAFileOfTheProgramsOwnFolder()
    {
        var export = Export.Of(Exported.Moment, null,
            [new SharedTurn("q", Exported.Pointing, EndReason.Finished, 1, 800, 600, null)],
            [new SharedImage(new string('a', 64), "png")],
            new Dictionary<string, string> { [new string('a', 64)] = "Küche & Bad #1.webp" });

        var data = Written(export).Tasks[0]!["data"]!;

        Assert.Equal("/data/local-files/?d=K%C3%BCche%20%26%20Bad%20%231.webp", (string)data["image"]!);
        Assert.Equal("Küche & Bad #1.webp", (string)data["file_name"]!);
    }

    private static IEnumerable<string> Labels(string configuration)
        => XElement.Parse(configuration).Descendants("Label").Select(label => label.Attribute("value")!.Value);

    private static (JsonNode Tasks, string Configuration) Written(Export export)
        => (JsonNode.Parse(LabelStudioExport.Write(export))!,
            Encoding.UTF8.GetString(LabelStudioConfiguration.Of(export).ToBytes()));
}
