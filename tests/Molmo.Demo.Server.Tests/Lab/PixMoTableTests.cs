using Molmo.Demo.Lab.Data;
using Molmo.Demo.Lab.Evaluation;

namespace Molmo.Demo.Server.Tests.Lab;

/// <summary>What becomes of each table, in both forms it may come in.</summary>
public sealed class PixMoTableTests
{
    private const string Url = "https://example.org/";

    [Theory]
    [InlineData("parquet")]
    [InlineData("jsonl")]
    public async Task Make_Cap_KeepsCaptionAndEveryTranscript(string ending)
    {
        using var fixture = new PixMoFixture();
        fixture.AddPictures("a.png", "b.png");
        var table = await fixture.WriteAsync(
            ending,
            new CaptionRow { Url = Url + "a.png", Caption = " A dog. ", Transcripts = ["so a dog", "um", null] },
            new CaptionRow { Url = Url + "gone.png", Caption = "Gone.", Transcripts = ["gone"] },
            new CaptionRow { Url = Url + "b.png", Caption = "A cat.", Transcripts = [] },
            new CaptionRow { Url = Url + "b.png", Caption = null, Transcripts = ["left out"] },
            new CaptionRow { Url = Url + "b.png", Caption = "Again.", Transcripts = null });

        Assert.Equal(
            $"Wrote 2 examples with 5 annotations to {fixture.Out}. Left out: 1 rows without a picture in the folder, "
                + "1 rows without a question or an answer.",
            await fixture.MakeAsync("pixmo-cap", table));
        var examples = fixture.Read();
        Assert.Equal([20, 21], examples.Select(example => example.Width));
        Assert.Equal(
            [
                new Annotation("long_caption", "", "A dog."), new Annotation("transcript", "", "so a dog"),
                new Annotation("transcript", "", "um"),
            ],
            examples[0].Annotations);
        Assert.Equal(
            [new Annotation("long_caption", "", "A cat."), new Annotation("long_caption", "", "Again.")],
            examples[1].Annotations);
        Assert.False(File.Exists(Path.Combine(fixture.Out, "truth.json")));
    }

    [Theory]
    [InlineData("parquet")]
    [InlineData("jsonl")]
    public async Task Make_Points_PointsAndCountsWithAllRowsOfAPictureTogether(string ending)
    {
        using var fixture = new PixMoFixture();
        fixture.AddPictures("a.png", "b.png");
        var many = PointRow.List([.. Enumerable.Range(0, 82).Select(i => (double)i)]);
        var table = await fixture.WriteAsync(
            ending,
            new PointsRow { Url = Url + "a.png", Label = "Dogs", Points = PointRow.List(60, 20.26, 5.5, 90) },
            new PointsRow { Url = Url + "b.png", Label = "cat", Points = PointRow.List(50, 50), Count = 1 },
            new PointsRow { Url = Url + "a.png", Label = "birds", Points = [], Count = 0, Method = "pointing" },
            new PointsRow { Url = Url + "a.png", Label = "ants", Points = many, Count = 41, Method = "counting" },
            new PointsRow { Url = Url + "a.png", Label = "far", Points = PointRow.List(101, 5), Count = 1 });

        Assert.Equal(
            $"Wrote 2 examples with 6 annotations to {fixture.Out}. Left out: 1 rows with more than 40 points, "
                + "1 rows with points outside the picture.",
            await fixture.MakeAsync("points", table));
        // That of b is whole first.
        var examples = fixture.Read();
        Assert.Equal([21, 20], examples.Select(example => example.Width));
        const string dogs = """<points x1="5.5" y1="90.0" x2="60.0" y2="20.3" alt="dogs">dogs</points>""";
        Assert.Equal(
            [
                ("pointing", dogs), ("point_count", $"Counting the {dogs} shows a total of 2."),
                ("pointing", "There are none."), ("point_count", "There are none."),
            ],
            examples[1].Annotations.Select(a => (a.Style, a.Answer)));
        Assert.Equal(
            ["dogs", "dogs", "birds", "birds"],
            examples[1].Annotations
                .Select(a => a.Question.Contains("dogs", StringComparison.Ordinal) ? "dogs" : "birds"));
        // What nobody looked for is not said to be absent: of a only dogs and birds are known, of b only cats.
        Assert.False(File.Exists(Path.Combine(fixture.Out, "truth.json")));
        Assert.Equal(
            [
                """{"image":"0000001.png","label":"cat","count":1,"points":[[50,50]]}""",
                """{"image":"0000002.png","label":"dogs","count":2,"points":[[60,20.3],[5.5,90]]}""",
                """{"image":"0000002.png","label":"birds","count":0,"points":[]}""",
            ],
            File.ReadAllLines(Path.Combine(fixture.Out, "questions.jsonl")));
        var questions = await QuestionSet.LoadAsync(fixture.Out, TestContext.Current.CancellationToken);
        Assert.Equal(
            ["How many dogs are there?", "Point to the dogs.", "How many birds are there?", "Point to the birds."],
            questions[1].Questions.Select(question => question.Text));
        Assert.Empty(ExampleFolder.Open(fixture.Out).Read(1).Objects);
    }

    [Theory]
    [InlineData("parquet")]
    [InlineData("jsonl")]
    public async Task Make_Count_TakesPixelsAndLeavesOutCountsAlone(string ending)
    {
        using var fixture = new PixMoFixture();
        fixture.AddPictures("a.png");
        var table = await fixture.WriteAsync(
            ending,
            new CountRow { Url = Url + "a.png", Label = "people", Points = new() { X = [15, 5], Y = [2.5f, 10] } },
            new CountRow { Url = Url + "a.png", Label = "cars", Points = null, Count = 4 },
            new CountRow { Url = Url + "a.png", Label = "trees", Points = null, Count = 0 });

        Assert.Equal(
            $"Wrote 1 examples with 4 annotations to {fixture.Out}. Left out: 1 rows without points.",
            await fixture.MakeAsync("pixmo-count", table));
        const string people = """<points x1="25.0" y1="100.0" x2="75.0" y2="25.0" alt="people">people</points>""";
        Assert.Equal(
            [
                ("pointing", people), ("point_count", $"Counting the {people} shows a total of 2."),
                ("pointing", "There are none."), ("point_count", "There are none."),
            ],
            fixture.Read()[0].Annotations.Select(a => (a.Style, a.Answer)));
    }

    [Theory]
    [InlineData("parquet")]
    [InlineData("jsonl")]
    public async Task Make_AskModelAnything_SaysOfCountsThatTheyComeWithoutPoints(string ending)
    {
        using var fixture = new PixMoFixture();
        fixture.AddPictures("a.png");
        var table = await fixture.WriteAsync(
            ending,
            new QuestionRow { Url = Url + "a.png", Question = "What is it?", Answer = "A dog." },
            new QuestionRow { Url = Url + "a.png", Question = "HOW MANY legs?", Answer = "Four." },
            new QuestionRow { Url = Url + "a.png", Question = "Why?", Answer = " " });

        Assert.Contains(
            "2 annotations", await fixture.MakeAsync("ask-model-anything", table), StringComparison.Ordinal);
        var annotations = Assert.Single(fixture.Read()).Annotations;
        Assert.Equal(new Annotation("user_qa", "What is it?", "A dog."), annotations[0]);
        Assert.Equal(("user_qa", "Four."), (annotations[1].Style, annotations[1].Answer));
        Assert.Contains(
            annotations[1].Question,
            Phrasings.WithoutPointsTemplates.Select(t => t.Replace("{0}", "HOW MANY legs?", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("parquet")]
    [InlineData("jsonl")]
    public async Task Make_CapQa_TakesTheFirstTurnOfMessagesOrTags(string ending)
    {
        using var fixture = new PixMoFixture();
        fixture.AddPictures("a.png");
        var table = await fixture.WriteAsync(
            ending,
            new QuestionRow { Url = Url + "a.png", Question = "[USER] x", Answer = "y", Messages = ["One?", "1"] },
            new QuestionRow { Url = Url + "a.png", Question = "Two?", Answer = "2" },
            new QuestionRow
            {
                Url = Url + "a.png",
                Question = "[USER] Three? [ASSISTANT] 3 [USER] More? [ASSISTANT]",
                Answer = "no",
            },
            new QuestionRow { Url = Url + "a.png", Messages = ["alone"] });

        Assert.Equal(
            $"Wrote 1 examples with 3 annotations to {fixture.Out}. Left out: 1 conversations after their first "
                + "answer, 1 rows without a question or an answer.",
            await fixture.MakeAsync("cap-qa", table));
        Assert.Equal(
            [
                new Annotation("synthetic_qa", "One?", "1"), new Annotation("synthetic_qa", "Two?", "2"),
                new Annotation("synthetic_qa", "Three?", "3"),
            ],
            Assert.Single(fixture.Read()).Annotations);
    }

    [Theory]
    [InlineData("parquet")]
    [InlineData("jsonl")]
    public async Task Make_PointExplanations_PutsPointsIntoTheAnswer(string ending)
    {
        using var fixture = new PixMoFixture();
        fixture.AddPictures("a.png");
        var table = await fixture.WriteAsync(
            ending,
            new ExplanationRow
            {
                Url = Url + "a.png",
                Question = "Which?",
                Response = "This <|POINT|>, not <|POINT|>.",
                Alt = ["Red one", "blue"],
                Inline = ["one", "those"],
                Points = [[[1, 2]], [[30, 4], [20, 5.04]]],
            },
            new ExplanationRow { Url = Url + "a.png", Question = "Null?" },
            new ExplanationRow
            {
                Url = Url + "a.png",
                Question = "Too few?",
                Response = "<|POINT|> <|POINT|>",
                Alt = ["a"],
                Inline = ["a"],
                Points = [[[1, 2]]],
            },
            new ExplanationRow
            {
                Url = Url + "a.png",
                Question = "None?",
                Response = "No.",
                Alt = [],
                Inline = [],
                Points = [],
            });

        Assert.Equal(
            $"Wrote 1 examples with 2 annotations to {fixture.Out}. Left out: 1 rows without a question or an answer, "
                + "1 rows without points.",
            await fixture.MakeAsync("point-explanations", table));
        Assert.Equal(
            [
                new Annotation(
                    "point_qa", "Which?", """This <point x="1.0" y="2.0" alt="Red one">one</point>, not """
                        + """<points x1="20.0" y1="5.0" x2="30.0" y2="4.0" alt="blue">those</points>."""),
                new Annotation("point_qa", "None?", "No."),
            ],
            Assert.Single(fixture.Read()).Annotations);
    }

    [Theory]
    [InlineData("parquet")]
    [InlineData("jsonl")]
    public async Task Make_Clocks_TakesPicturesOfTheTableAndOfTheFolder(string ending)
    {
        using var fixture = new PixMoFixture();
        File.WriteAllBytes(Path.Combine(fixture.Pictures, "003_2020-06-28T08_lg.png"), PixMoFixture.Picture(31));
        var table = await fixture.WriteAsync(
            ending,
            new ClockRow
            {
                Id = "no",
                Image = new() { Bytes = PixMoFixture.Picture(30), Path = "../../x.png" },
                Text = "8:15",
            },
            new ClockRow { Id = "zU/003_2020-06-28T08_lg", Text = "12:09:30 PM" },
            new ClockRow { Id = "gone", Text = "1:00" });

        Assert.Equal(
            $"Wrote 2 examples with 2 annotations to {fixture.Out}. Left out: 1 rows without a picture in the folder.",
            await fixture.MakeAsync("clocks", table));
        Assert.Equal(
            [(30, "The time shown is 8:15"), (31, "The time shown is 12:09:30 PM")],
            fixture.Read().Select(example => (example.Width, Assert.Single(example.Annotations).Answer)));
        Assert.Equal("clocks", fixture.Read()[0].Annotations[0].Style);
    }

    [Theory]
    [InlineData("parquet", "charts", "pixmo_docs_charts")]
    [InlineData("jsonl", "charts", "pixmo_docs_charts")]
    [InlineData("parquet", "tables", "pixmo_docs_tables")]
    [InlineData("parquet", "diagrams", "pixmo_docs_diagrams")]
    [InlineData("parquet", "other", "pixmo_docs_other")]
    public async Task Make_Docs_WritesThePicturesOut(string ending, string kind, string style)
    {
        using var fixture = new PixMoFixture();
        var table = await fixture.WriteAsync(
            ending,
            new DocumentRow
            {
                Id = "1",
                Image = new() { Bytes = PixMoFixture.Picture(40) },
                Questions = new() { Question = ["How high?", "How many?", null], Answer = ["12", "3", "x"] },
            },
            new DocumentRow
            {
                Id = "2",
                Image = new() { Bytes = [1, 2, 3] },
                Questions = new() { Question = ["q"], Answer = ["a"] },
            },
            new DocumentRow
            {
                Id = "3",
                Image = new() { Bytes = PixMoFixture.Picture(41) },
                Questions = new() { Question = [], Answer = [] },
            });

        Assert.Equal(
            $"Wrote 1 examples with 2 annotations to {fixture.Out}. Left out: 1 pictures that cannot be decoded, "
                + "1 rows without a question or an answer.",
            await fixture.MakeAsync("pixmo-docs-" + kind, table));
        var (width, annotations) = Assert.Single(fixture.Read());
        Assert.Equal(40, width);
        Assert.Equal([new Annotation(style, "How high?", "12"), new Annotation(style, "How many?", "3")], annotations);
    }
}
