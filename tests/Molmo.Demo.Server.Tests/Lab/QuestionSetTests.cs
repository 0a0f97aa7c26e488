using Molmo.Demo.Lab.Evaluation;
using Molmo.Demo.Server.Commands;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Lab;

public sealed class QuestionSetTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task LoadAsync_LinesOfBothForms_AsksAsWordedAndByLabel()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.Combine("questions.jsonl"), """
            {"image": "a.jpg", "question": "How many headsets are there in the image?", "count": 10, "target": 10}

            {"image": "b.jpg", "label": "people", "count": 2, "points": [[10, 20.5], [30, 40]]}
            {"image": "a.jpg", "label": "cats", "count": 0}
            """, Cancel);

        var pictures = await QuestionSet.LoadAsync(folder.Path, Cancel);

        Assert.Equal(["a.jpg", "b.jpg"], pictures.Select(picture => picture.File));
        Assert.Equal([("How many headsets are there in the image?", 10), ("How many cats are there?", 0)],
            pictures[0].Questions.Select(question => (question.Text, question.Count)));
        Assert.All(pictures[0].Questions, question => Assert.Null(question.Centres));
        Assert.Equal(["How many people are there?", "Point to the people."],
            pictures[1].Questions.Select(question => question.Text));
        Assert.Equal([(10, 20.5), (30, 40)], pictures[1].Questions[1].Centres!);
    }

    [Theory]
    [InlineData("{", "Line 1")]
    [InlineData("""{"question": "How many?", "count": 1}""", "an image and a count")]
    [InlineData("""{"image": "a", "question": "How many?", "count": -1}""", "an image and a count")]
    [InlineData("""{"image": "a", "count": 1}""", "either a question or a label")]
    [InlineData("""{"image": "a", "question": "How many?", "label": "cats", "count": 1}""", "either a question or")]
    [InlineData("""{"image": "a", "label": "cats", "count": 2, "points": [[1, 2]]}""", "as many points")]
    [InlineData("""{"image": "a", "label": "cats", "count": 1, "points": [[1]]}""", "as many points")]
    [InlineData("", "no question")]
    public async Task LoadAsync_LineOfAnotherForm_SaysWhichAndWhy(string line, string expected)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.Combine("questions.jsonl"), line, Cancel);

        var refusal =
            await Assert.ThrowsAsync<CommandException>(() => QuestionSet.LoadAsync(folder.Path, Cancel));

        Assert.Contains("questions.jsonl", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_QuestionAsWorded_IsScoredByItsNumberAlone()
    {
        var question = new TruthQuestion("a.jpg", "", QuestionKind.Count, "How many people are in the room?", 5);

        var answer = EvaluatedAnswer.Of(question, "There are 6.", new HitRule(5));
        var figures = EvaluationFigures.Of([answer], new HitRule(5));

        Assert.Null(answer.Score);
        Assert.Empty(answer.Marks);
        Assert.True(answer.IsMiss);
        Assert.Equal((new Share(0, 1), new Share(1, 1)), (figures.Counting, figures.WithinOne));
    }

    [Fact]
    public void Of_Boxes_AreHitsOfTheirOwnObjectAlone()
    {
        // Objects at (20, 50) and (60, 50). The first point is 12 away but in the box, the second 3 away but outside
        // its own: by distance 5 the hits are 0 and 1, by boxes 1 and 0.
        var question = new TruthQuestion("a.jpg", "cats", QuestionKind.Point, "Point to the cats.", 2)
        {
            Centres = [(20, 50), (60, 50)],
            Boxes = [new TruthBox(5, 40, 35, 60), new TruthBox(59, 49, 61, 51)],
        };
        const string text =
            """<points x1="32.0" y1="50.0" x2="63.0" y2="50.0" alt="cats">cats</points>""";
        var rule = new HitRule(5, InBox: true);

        var answer = EvaluatedAnswer.Of(question, text, rule);

        Assert.Equal((1, 1), (answer.Score!.Value.Hits, answer.InBox!.Value.Hits));
        Assert.Equal([new Mark(32, 50, MarkKind.Hit), new Mark(63, 50, MarkKind.Wrong), new Mark(60, 50,
            MarkKind.Missed)], answer.Marks);
        Assert.Equal([new Mark(32, 50, MarkKind.Wrong), new Mark(63, 50, MarkKind.Hit), new Mark(20, 50,
            MarkKind.Missed)], EvaluatedAnswer.Of(question, text, new HitRule(5)).Marks);
        // One of two points on one of two objects: everything is a half.
        var figures = EvaluationFigures.Of([answer], rule);
        Assert.Equal((0.5, 0.5, 0.5), (figures.InBox!.Precision, figures.InBox.Recall, figures.InBox.F1));
    }
}
