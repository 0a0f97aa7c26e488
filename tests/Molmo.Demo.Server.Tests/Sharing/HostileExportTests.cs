using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Sharing.Exports;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Tests.Sharing;

/// <summary>
/// Whatever a model or a person writes, a file holds it as words: nothing of it becomes an element, an address or a
/// formula.
/// </summary>
public sealed partial class HostileExportTests
{
    private static readonly string[] PageElements =
        ["html", "head", "meta", "title", "style", "body", "main", "section", "figure", "img", "div", "button", "b",
            "i", "bdi", "em", "p", "output", "h1", "h2", "span", "time", "a", "script"];

    public static IEnumerable<TheoryDataRow<string>> Outputs()
    {
        var file = Path.Combine(TestData.Hostile, "model-outputs.json");
        if (!File.Exists(file))
        {
            yield return new TheoryDataRow<string>("")
            {
                Skip = $"{file} is not there. Set MOLMO_HOSTILE to a folder that has it."
            };
            yield break;
        }
        using var read = JsonDocument.Parse(File.ReadAllBytes(file));
        var number = 0;
        foreach (var output in read.RootElement.GetProperty("outputs").EnumerateArray())
            yield return new TheoryDataRow<string>(output.GetProperty("text").GetString()!)
            {
                TestDisplayName = $"output {number++}"
            };
    }

    [Slow]
    [Theory]
    [MemberData(nameof(Outputs), DisableDiscoveryEnumeration = true)]
    public void Write_HostileWords_AreInertInEveryFormat(string text)
    {
        var audit = Audit.Empty.Judge(0, 1, DotVerdict.Right)
            .Judge(0, 2, DotVerdict.Wrong).AddMissed(0, 5, 5).AddMissed(70, 5, 5);
        var export = Exported.Of("https://molmo.example/s/x",
            [new SharedTurn(text, text, EndReason.Finished, 1, 800, 600, Conversations.Stamp, Audit: audit)]);

        AssertPage(Encoding.UTF8.GetString(
            AnswerPage.WriteFile(export, new Dictionary<int, string> { [1] = "data:image/png;base64,AAAA" })));
        var (frame, policy) = AnswerPage.WriteFrame(export, export.Turns[0], "/s/x/photo/1");
        AssertPage(frame);
        AssertHashes(frame, policy);

        if (export.MainTurn is { } turn)
        {
            var svg = XDocument.Parse(Encoding.UTF8.GetString(SvgExport.Write(export, turn, turn.Picture!, null)));
            Assert.All(svg.Descendants(),
                element => Assert.Contains(element.Name.LocalName, new[] { "svg", "title", "desc", "g", "path" }));
            Assert.All(svg.Descendants().Attributes().Where(attribute => !attribute.IsNamespaceDeclaration),
                attribute => Assert.Contains(attribute.Name.LocalName,
                    new[]
                    {
                        "viewBox", "width", "height", "id", "fill", "fill-opacity", "stroke", "stroke-width",
                        "stroke-linecap", "d",
                        "data-n", "data-x", "data-y", "data-verdict"
                    }));
            Assert.InRange(PngExport.Write(turn, new RgbImage(8, 6, new byte[8 * 6 * 3])).Length, 50, 1000);
        }
        foreach (var row in Csv.Read(CsvExport.Write(export)).Skip(1))
        {
            Assert.Equal(18, row.Count);
            Assert.All(row, cell => Assert.DoesNotMatch(@"^\s*[=+@]", cell));
        }
        JsonNode.Parse(JsonExport.Write(export));
        CocoRules.Check(JsonNode.Parse(CocoExport.Write(export))!);
        LabelStudioRules.Check(JsonNode.Parse(LabelStudioExport.Write(export))!,
            LabelStudioConfiguration.Of(export).ToString());
        Assert.DoesNotMatch(@"<(?!https://molmo\.example/)", Encoding.UTF8.GetString(MarkdownExport.Write(export)));
    }

    [Fact]
    public void Page_ItsStyleAndScript_AreAllThatItsPolicyAllows()
    {
        var html = Encoding.UTF8.GetString(
            AnswerPage.WriteFile(Exported.Of(), new Dictionary<int, string> { [1] = "data:image/png;base64,AAAA" }));

        var policy = Regex.Match(html, "http-equiv=\"Content-Security-Policy\" content=\"([^\"]+)\"").Groups[1].Value;
        Assert.StartsWith("default-src 'none'; img-src data:; ", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        AssertHashes(html, policy);
        Assert.True(html.IndexOf(policy, StringComparison.Ordinal) < html.IndexOf("<style", StringComparison.Ordinal));
        Assert.DoesNotMatch(@"\b(src|href)=""(?!data:)", html);
        Assert.Contains(".t1g0>:nth-child(2){left:80%;top:99.95%}", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Frame_FiveHundredPointsWithALongName_StaysSmall()
    {
        var points = string.Concat(Enumerable.Range(1, 500)
            .Select(n => FormattableString.Invariant($" x{n}=\"{n % 100}.{n % 10}\" y{n}=\"{n / 5.0:0.0}\"")));
        var export = Exported.Of(
            $"Counting the <points{points} alt=\"{new string('n', 3000)}\">{new string('m', 3000)}</points>.",
            new string('q', 4000));

        var (html, _) = AnswerPage.WriteFrame(export, export.MainTurn!, "/s/x/photo/1");

        Assert.InRange(Encoding.UTF8.GetByteCount(html), 1, 60_000);
        Assert.Equal(500, Regex.Count(html, "<button><b>"));
    }

    private static void AssertPage(string html)
    {
        var markup = Embedded().Replace(html, "<$1></$1>");
        foreach (Match tag in Tag().Matches(markup))
        {
            Assert.Contains(tag.Groups[1].Value, PageElements);
            Assert.DoesNotMatch(@"\s(on\w+|style)\s*=", Regex.Replace(tag.Value, "\"[^\"]*\"", "\"\""));
            Assert.DoesNotMatch(
                @"\b(src|href)=""(?!data:image/|/s/x/photo/1""|https://molmo\.example/s/x"")", tag.Value);
        }
        Assert.Equal(1, Regex.Count(markup, "<script"));
        Assert.Equal(1, Regex.Count(markup, "<img"));
        Assert.DoesNotContain("<", Tag().Replace(markup.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal), ""),
            StringComparison.Ordinal);
    }

    private static void AssertHashes(string html, string policy)
    {
        foreach (var (element, rule) in new[] { ("style", "style-src"), ("script", "script-src") })
        {
            var content = Regex.Match(html, $"<{element}>(.*?)</{element}>", RegexOptions.Singleline).Groups[1].Value;
            Assert.Contains(
                $"{rule} 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}'", policy,
                StringComparison.Ordinal);
        }
    }

    [GeneratedRegex(@"</?([a-z0-9]+)(\s[^<>]*)?>")]
    private static partial Regex Tag();

    [GeneratedRegex(@"<(style|script)>.*?</\1>", RegexOptions.Singleline)]
    private static partial Regex Embedded();
}
