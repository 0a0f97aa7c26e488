using Molmo.Demo.Lab;
using Molmo.Demo.Lab.Judging;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Lab;

/// <summary>Captions under a judge whose replies are written by hand.</summary>
public sealed class CaptionScoreTests
{
    private const string Caption = "A brown dog with a hat sits on a lawn.";
    private const string Row =
        $$"""{"prediction":"{{Caption}}","transcripts":["A brown dog, a lawn.","A red ball."]}""";

    private static readonly string[] Transcripts = ["A brown dog, a lawn.", "A red ball."];
    private static readonly string[] Wanted =
        ["A dog is on a lawn.", "The dog is brown.", "There is a ball.", "The ball is red."];
    private static readonly string[] Said = ["A dog sits on a lawn.", "The dog is brown.", "The dog wears a hat."];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The four requests of the row with replies of which two are in a fence and among words.</summary>
    private static (JudgeRequest Request, string Reply)[] Replies =>
    [
        (JudgeQuestions.StatementsOf(Transcripts), JsonSerializer.Serialize(Wanted)),
        (JudgeQuestions.StatementsOf(Caption), $"```json\n{JsonSerializer.Serialize(Said)}\n```"),
        (JudgeQuestions.StatedBy(Caption, Wanted), "Here it is: [true, true, false, false]"),
        (JudgeQuestions.ConsistentWith(Transcripts, Said), "[true, true, false]"),
    ];

    [Fact]
    public async Task Score_RecordedJudge_IsTheHandComputedMean()
    {
        using var folder = new TemporaryFolder();
        // The first caption states 2 of 4 statements (recall 1/2), and 2 of its 3 are borne out (precision 2/3):
        // F1 = 2 (1/2)(2/3) / (1/2 + 2/3) = (2/3) / (7/6) = 4/7. The second says nothing and has 0.
        var rows = $$"""
            {{Row}}
            {"prediction":" ","transcripts":["A brown dog, a lawn.","A red ball."]}
            """;

        var (code, output, error) = await RunAsync(folder, rows, Replies);

        Assert.Equal((0, ""), (code, error));
        var report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(0, report.GetProperty("unjudged").GetInt32());
        Assert.Equal(1 / 3.0, Mean(report, "precision"), 12);
        Assert.Equal(1 / 4.0, Mean(report, "recall"), 12);
        Assert.Equal(2 / 7.0, Mean(report, "caption_f1"), 12);
    }

    [Fact]
    public async Task Score_ReplyThatCannotBeRead_IsAskedForOnceMore()
    {
        using var folder = new TemporaryFolder();
        var replies = Replies;
        var request = replies[2].Request;
        var again = request with { User = $"{request.User}\n\n{JudgeQuestions.Reminder}" };
        replies[2] = (request, "[true, true]");

        var (_, output, error) = await RunAsync(folder, Row, [.. replies, (again, "[true, true, false, false]")]);

        Assert.Equal("", error);
        Assert.Equal(4 / 7.0, Mean(JsonDocument.Parse(output).RootElement, "caption_f1"), 12);
    }

    [Fact]
    public async Task Score_ReplyThatCannotBeReadTwice_IsUnjudgedAndTheOthersCount()
    {
        using var folder = new TemporaryFolder();
        var other = JudgeQuestions.StatementsOf(["Rain."]);
        var again = other with { User = $"{other.User}\n\n{JudgeQuestions.Reminder}" };
        var rows = $$"""
            {"prediction":"Rain.","transcripts":["Rain."]}
            {{Row}}
            """;

        var (code, output, error) = await RunAsync(folder, rows, [.. Replies, (other, "Sorry."), (again, "[1]")]);

        Assert.Equal(0, code);
        Assert.Contains("Line 1 of", error, StringComparison.Ordinal);
        Assert.Contains("is unjudged: the judge's reply on the statements of the transcripts could not be read, asked "
            + "twice.", Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
        var report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(1, report.GetProperty("unjudged").GetInt32());
        Assert.Equal(4 / 7.0, Mean(report, "caption_f1"), 12);

        (code, _, error) = await RunAsync(folder, rows.Split('\n')[0], [(other, "Sorry."), (again, "[1]")]);
        Assert.Equal(1, code);
        Assert.Contains("could not be read. Take another judge.", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""["a", " b "]""", 2)]
    [InlineData("""Sure! ["a"].""", 1)]
    [InlineData("[]", 0)]
    [InlineData("""["a", 1]""", null)]
    [InlineData("""["a""", null)]
    [InlineData("] [", null)]
    [InlineData("", null)]
    [InlineData("[not json]", null)]
    public void ReadTexts_Replies_AreListsOrNothing(string reply, int? count)
        => Assert.Equal(count, JudgeQuestions.ReadTexts(reply)?.Count);

    [Theory]
    [InlineData("[true, false]", true)]
    [InlineData("[true]", false)]
    [InlineData("[true, \"false\"]", false)]
    public void ReadVerdicts_Replies_AreAsManyAsWereAskedFor(string reply, bool isRead)
        => Assert.Equal(isRead, JudgeQuestions.ReadVerdicts(reply, 2) is not null);

    [Fact]
    public void F1_NothingRight_IsZero() => Assert.Equal(0, new CaptionScore(0, 0).F1);

    [Theory]
    [InlineData("", "needs a judge")]
    [InlineData("--judge http://localhost:1/v1", "--judge-model")]
    [InlineData("--judge localhost --judge-model m", "--judge is an address")]
    [InlineData("--replay none.jsonl", "no file none.jsonl")]
    public async Task Score_JudgeThatCannotBe_IsOneSentence(string options, string expected)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.Combine("captions.jsonl"), Row, Cancel);
        using var error = new StringWriter();
        string[] given = options.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(1, await LabProgram.RunAsync(
            ["score", "caption_f1", folder.Combine("captions.jsonl"), .. given], TextWriter.Null, error));
        Assert.Contains(expected, Assert.Single(error.ToString().Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Score_MissingReplyOrTranscript_IsOneSentence()
    {
        using var folder = new TemporaryFolder();
        var (code, _, error) = await RunAsync(folder, Row, Replies[..2]);
        Assert.Equal(1, code);
        Assert.Contains("has no reply to one of the requests", error, StringComparison.Ordinal);

        (code, _, error) = await RunAsync(folder, """{"prediction":"x","transcripts":[""]}""", Replies);
        Assert.Equal(1, code);
        Assert.Contains("\"transcripts\" is missing or empty", error, StringComparison.Ordinal);
    }

    private static double Mean(JsonElement report, string name)
        => report.GetProperty("scores").GetProperty(name).GetProperty("mean").GetDouble();

    private static async Task<(int Code, string Output, string Error)> RunAsync(
        TemporaryFolder folder, string rows, (JudgeRequest Request, string Reply)[] replies)
    {
        var (captions, kept) = (folder.Combine("captions.jsonl"), folder.Combine("replies.jsonl"));
        await File.WriteAllTextAsync(captions, rows, Cancel);
        await File.WriteAllLinesAsync(kept, replies.Select(one => JsonSerializer.Serialize(
            new JudgeExchange(one.Request.System, one.Request.User, one.Reply), JsonSerializerOptions.Web)), Cancel);
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await LabProgram.RunAsync(["score", "caption_f1", captions, "--replay", kept], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
