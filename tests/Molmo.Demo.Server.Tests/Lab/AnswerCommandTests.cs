using Molmo.Demo.Lab;
using Molmo.Demo.Lab.Data;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Lab;

/// <summary>Answers to examples, which score takes as they are.</summary>
public sealed class AnswerCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Answer_DrawnClocks_CanBeScored()
    {
        var (clocks, kept) = (_folder.Combine("clocks"), _folder.Combine("answers.jsonl"));
        await RunAsync("make", "drawn", "clocks", "--count", "3", "--seed", "5", "--out", clocks);
        var said = await RunAsync("answer", clocks, "--out", kept, "--only", Styles.Clock, "--limit", "2");
        Assert.Equal($"Wrote 2 answers to {kept}.", said.Trim());

        var examples = ExampleFolder.Open(clocks);
        var lines = File.ReadAllLines(kept).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        for (var i = 0; i < 2; i++)
        {
            var annotation = examples.Read(i).Annotations.Single(one => one.Style == Styles.Clock);
            Assert.Equal(i + 1, lines[i].GetProperty("example").GetInt32());
            Assert.Equal(annotation.Question, lines[i].GetProperty("question").GetString());
            Assert.Equal(annotation.Answer, lines[i].GetProperty("answers")[0].GetString());
            Assert.NotEmpty(lines[i].GetProperty("prediction").GetString()!);
        }

        using var scores = JsonDocument.Parse(await RunAsync("score", "clock", kept));
        Assert.Equal(
            2, scores.RootElement.GetProperty("scores").GetProperty("clock").GetProperty("count").GetInt32());
    }

    [Fact]
    public async Task Answer_CaptionsAndAnswersOfSeveral_AreOneLineEach()
    {
        File.Copy(Path.Combine(TestData.Samples, "scene-01.png"), _folder.Combine("a.png"));
        await File.WriteAllTextAsync(_folder.Combine(ExampleFolder.FileName), """
            {"image": "a.png", "annotations": [
            {"style": "long_caption", "question": "", "answer": "Four squares."},
            {"style": "transcript", "question": "", "answer": "so four"},
            {"style": "transcript", "question": "", "answer": "um squares"},
            {"style": "pointing", "question": "Point to the squares.", "answer": "There are none."},
            {"style": "vqa2", "question": "What is this?", "answer": "squares"},
            {"style": "vqa2", "question": "What is this?", "answer": "boxes"}]}
            """.ReplaceLineEndings(""), TestContext.Current.CancellationToken);
        var kept = _folder.Combine("answers.jsonl");
        await RunAsync("answer", _folder.Path, "--out", kept);

        var lines = File.ReadAllLines(kept).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(2, lines.Count);
        Assert.Equal("Describe this image.", lines[0].GetProperty("question").GetString());
        Assert.Equal(["so four", "um squares"], Texts(lines[0], "transcripts"));
        Assert.Equal(["squares", "boxes"], Texts(lines[1], "answers"));

        using var again = new StringWriter();
        Assert.Equal(1, await LabProgram.RunAsync(["answer", _folder.Path, "--out", kept], TextWriter.Null, again));
        Assert.Contains("Name a new one with --out.", again.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_WithNothingOfThatStyle_KeepsNoFile()
    {
        var (clocks, kept) = (_folder.Combine("clocks"), _folder.Combine("answers.jsonl"));
        await RunAsync("make", "drawn", "clocks", "--count", "1", "--out", clocks);
        using var error = new StringWriter();
        Assert.Equal(1, await LabProgram.RunAsync(
            ["answer", clocks, "--out", kept, "--only", "doc_qa"], TextWriter.Null, error));
        Assert.Contains("no question of the style doc_qa", error.ToString(), StringComparison.Ordinal);
        // A picture that is gone, too, leaves nothing that stands in the way of the next time.
        File.Delete(Directory.GetFiles(clocks, "*.png")[0]);
        Assert.Equal(1, await LabProgram.RunAsync(["answer", clocks, "--out", kept], TextWriter.Null, error));
        Assert.Empty(Directory.GetFiles(_folder.Path, "answers*"));
    }

    private static IEnumerable<string?> Texts(JsonElement line, string name)
        => line.GetProperty(name).EnumerateArray().Select(text => text.GetString());

    private static async Task<string> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal((0, ""), (await LabProgram.RunAsync(arguments, output, error), error.ToString()));
        return output.ToString();
    }
}
