using System.Net;
using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;

namespace Molmo.Demo.Client.Tests.Chat;

/// <summary>What a finished answer tells about itself: badge, notes, raw text, JSON, details.</summary>
public partial class AnswerTruthTests : PageTest
{
    private const string Verbatim = " Three: <points x1=\"10\" y1=\"20\" x2=\"101\" y2=\"5\" alt=\"a &amp; "
        + "<b>\">dogs</points>\r\n shows a total of 3. \0<script>";

    [Theory]
    [InlineData("shows a total of 2.", "How many dogs?", true, "2 dots match the text. Not checked yet.")]
    [InlineData("shows a total of 13.", "How many dogs?", false, "The text says 13, but there are 2 dots.")]
    [InlineData("shows a total of 13.", "Describe it.", false, "The text says 13, but there are 2 dots.")]
    [InlineData("shows a total of 2.", "Describe it.", null, "")]
    [InlineData("are here.", "How many dogs?", null, "")]
    public async Task Badge_NumberInTheWordsAndDots_AreCompared(
        string ending, string question, bool? agrees, string words)
    {
        var list = await ShowAsync(
            question, answer => answer.Start().Text("Counting the ").Point(0, 1, 10, 20).Point(0, 2, 30, 40)
                .EndGroup(0, "dogs", "dogs").Text($" {ending}").End());
        string[] badges = agrees is { } expected ? [expected ? "true" : "false"] : [];
        Assert.Equal(badges, list.Tests("agreement").Values("data-agrees"));
        Assert.Contains(words, list.Words(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Badge_WhileTheAnswerIsWritten_IsNotThere()
    {
        var list = await ShowAsync("How many?", answer => answer.Start().Text("a total of 5").Point(0, 1, 1, 1));
        Assert.Empty(list.FindAll("[data-testid=agreement], [data-testid=inspect]"));
    }

    [Fact]
    public void Findings_EachKind_HasItsSentence()
    {
        var answer = new Answer();
        foreach (var (seq, e) in new GenerationEvent[]
        {
            new PointFound(0, 0, 1, 10, 10), new PointFound(0, 0, 2, 10, 10), new PointGroupEnded(0, 0, "cats", ""),
            new TextDelta(0, " and "),
            new PointFound(0, 1, 1, 50, 50), new PointFound(0, 1, 2, 20, 20), new PointGroupEnded(0, 1, "dogs", ""),
            new TextDelta(0, " a total of 5"),
            new Noted(0, NoteCode.PointOutOfRange, "101, 5", 3), new Ended(
                0, EndReason.Finished, new TokenUsage(1, 1), new GenerationTimings(1, 1, 1, 1, 1)),
        }.Index()) answer.Apply(e with { Seq = seq + 1 });
        Assert.Equal(
            [
                "The text says 5, but there are 4 dots.",
                "In “cats”, dots 1 and 2 are in the same place.",
                "In “dogs”, dot 2 leaves the order of the list: the model may have lost its place.",
                "1 point outside the photo is not shown.",
            ],
            AgreementWords.Findings(answer.Check(), answer));
    }

    [Fact]
    public async Task Notes_OfTheModelsText_AreListedWithTheirPlace()
    {
        var list = await ShowAsync("How many?", answer => answer.Start()
            .Write(seq => new Noted(seq, NoteCode.ManyCrops, "Asked with 30 crops."))
            .Write(seq => new Noted(seq, NoteCode.PointOutOfRange, "<b>101</b>, 5", 41)).Text("x").End());
        var notes = list.Test("output-notes").TextContent;
        Assert.Contains("Model output notes (1)", notes, StringComparison.Ordinal);
        Assert.Contains("at character 42 <b>101</b>, 5", notes, StringComparison.Ordinal);
        Assert.DoesNotContain("30 crops", notes, StringComparison.Ordinal);
        Assert.Contains("Asked with 30 crops.", list.Words(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Views_AnyText_IsShownToTheCharacterAndNeverAsAnElement(string text)
    {
        var turn = new ChatTurn(GenerationId.New(), "How many?", Images.Add());
        var views = Render<AnswerViews>(parameters => parameters.Add(answer => answer.Turn, turn)
            .Add(answer => answer.ReadText, _ => Task.FromResult<string?>(text)));
        foreach (var view in (string[])["raw", "json"])
        {
            views.Test($"view-{view}").Change(view);
            // From the markup: a parser of HTML takes \r and \0 out, which the text of a page with a circuit keeps.
            var shown = WebUtility.HtmlDecode(Code().Match(views.Markup).Groups[1].Value);
            if (view == "raw") Assert.Equal(text, shown);
            else Assert.Equal(text, JsonDocument.Parse(shown).RootElement.GetProperty("text").GetString());
            Assert.Empty(views.FindAll("*").Select(e => e.LocalName).Except(["section", "div", "fieldset", "legend",
                "label", "input", "span", "button", "svg", "path", "pre", "code", "p"]));
        }
    }

    [GeneratedRegex("<code[^>]*>(.*?)</code>", RegexOptions.Singleline)]
    private static partial Regex Code();

    public static IEnumerable<TheoryDataRow<string>> Texts()
    {
        yield return Verbatim;
        yield return "";
        yield return "\n\n leading lines";
        var file = Path.Combine(TestData.Hostile, "model-outputs.json");
        if (!File.Exists(file)) yield break;
        using var read = JsonDocument.Parse(File.ReadAllBytes(file));
        foreach (var (number, output) in read.RootElement.GetProperty("outputs").EnumerateArray().Index())
            yield return new TheoryDataRow<string>(output.GetProperty("text").GetString()!)
            {
                TestDisplayName = $"output {number}"
            };
    }

    [Fact]
    public void Json_OfAnAnswer_HoldsTextPointsNotesAndStamp()
    {
        var image = Images.Add("boats.jpg", 2000, 1000);
        var answer = new Answer();
        answer.Apply(new Started(1, FakeAnswer.Stamp with { Style = "vqa2", MaxCrops = 36, Crops = 31 },
            new SentImage(2000, 1000, 31, 900)));
        answer.Apply(new Noted(2, NoteCode.PointOutOfRange, "101, 5", 36));
        answer.Apply(
            new Ended(3, EndReason.Finished, new TokenUsage(250, 41), new GenerationTimings(1, 20, 150, 900, 200)));
        using var json = JsonDocument.Parse(AnswerJson.Write(AnswerDocument.Of("How many?", image, Verbatim, answer)));
        var root = json.RootElement;
        Assert.Equal((Verbatim, 100, 3, 1), (Text(root, "text"), root.GetProperty("scale").GetInt32(),
            root.GetProperty("stated").GetInt32(), root.GetProperty("pointCount").GetInt32()));
        Assert.Equal((2000, 1000), (root.GetProperty("image").GetProperty("width").GetInt32(),
            root.GetProperty("image").GetProperty("height").GetInt32()));
        var group = root.GetProperty("segments").EnumerateArray().Single(segment => Text(segment, "type") == "points");
        Assert.Equal(("dogs", "a & <b>"), (Text(group, "text"), Text(group, "alt")));
        var point = group.GetProperty("points")[0];
        Assert.Equal((1, 10d, 20d, 200d, 200d), (point.GetProperty("n").GetInt32(), Number(point, "x"),
            Number(point, "y"), Number(point, "pixelX"), Number(point, "pixelY")));
        Assert.Equal(("PointOutOfRange", 36),
            (Text(root.GetProperty("notes")[0], "code"), root.GetProperty("notes")[0].GetProperty("at").GetInt32()));
        Assert.Equal(("vqa2", 36),
            (Text(root.GetProperty("stamp"), "style"), root.GetProperty("stamp").GetProperty("maxCrops").GetInt32()));
        Assert.Equal("Finished", Text(root, "reason"));

        using var details = JsonDocument.Parse(AnswerJson.Details(answer));
        Assert.Equal(["stamp", "sent", "reason", "usage", "timings"],
            details.RootElement.EnumerateObject().Select(member => member.Name));

        static string? Text(JsonElement of, string name) => of.GetProperty(name).GetString();
        static double Number(JsonElement of, string name) => of.GetProperty(name).GetDouble();
    }

    [Fact]
    public void Details_AnyCulture_SayAllThatIsKnown()
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
        try
        {
            var answer = new Answer();
            var sampling = new SamplingChoice(0.8, TopK: 20, TopP: 0.9, Seed: 7);
            answer.Apply(new Started(
                1, FakeAnswer.Stamp with { Style = "vqa2", MaxCrops = 36, Crops = 31, Sampling = sampling },
                new SentImage(2000, 1000, 31, 2900)));
            answer.Apply(new Ended(
                2, EndReason.Finished, new TokenUsage(2950, 41), new GenerationTimings(1, 20, 1150, 1900, 200.25)));
            Assert.Equal(
                [
                    ("Checkpoint", "molmo-tiny"), ("Revision", "3f2a91c0ffee"), ("Precision", "float32"),
                    ("Crops", "31: an overview and 30 of at most 36"),
                    ("Photo", "2000 × 1000"), ("Image tokens", "2,900"), ("Style", "vqa2:"),
                    ("Sampling", "temperature 0.8, top-k 20, top-p 0.9"), ("Seed", "7"),
                    ("Length limit", "1,024 tokens"), ("Engine", "1.0"), ("Device", "CPU, 512-bit vectors, 2 threads"),
                    ("Tokens", "2,950 in, 41 out"), ("Queue", "1 ms"), ("Preprocess", "20 ms"),
                    ("First token", "1,150 ms"), ("Total", "1,900 ms"), ("Speed", "200.3 tokens/s"),
                ],
                AnswerDetails.Rows(answer));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
        Assert.Empty(AnswerDetails.Rows(new Answer()));
    }

    private async Task<IRenderedComponent<MessageList>> ShowAsync(string question, Func<FakeAnswer, FakeAnswer> write)
    {
        var session = OpenSession();
        await OnPageAsync(async () =>
        {
            await session.TakePhotoAsync(Images.Add().Id);
            await session.AskAsync(question);
            var turn = session.Turns[0];
            var last = 0L;
            write(Chat.Last.Write(seq => new Queued(seq, 0, null)));
            await foreach (var e in Chat.ReadAsync(Visitor, turn.Id, 1, CancellationToken.None))
            {
                last = e.Seq;
                if (e is Ended or PointFound) break;
            }
            await OnPage.UntilAsync(() => turn.Answer.LastSeq >= last);
        });
        return Render<MessageList>(parameters => parameters.Add(list => list.Session, session));
    }
}
