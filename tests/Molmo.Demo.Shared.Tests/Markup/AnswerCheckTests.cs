namespace Molmo.Demo.Shared.Tests.Markup;

public sealed class AnswerCheckTests
{
    private const string Two = """<points x1="10" y1="20" x2="30" y2="40" alt="dogs">dogs</points>""";
    private const string Cats = """<points x1="10" y1="20" x2="30" y2="40" x3="50" y3="60" alt="cats">cats</points>""";

    [Theory]
    [InlineData($"Counting the {Two} shows a total of 2.", 2)]
    [InlineData($"Counting the {Two} shows a total of two.", 2)]
    [InlineData($"There are 2 {Two}.", 2)]
    [InlineData($"I can see exactly two {Two} here.", 2)]
    [InlineData($"There are 2 dogs on the lawn. {Two}", 2)]
    [InlineData($"There are 2 {Two} and 3 {Cats}.", 5)]
    [InlineData($"2 {Two}", 2)]
    [InlineData("""<points x1="10" y1="20" x2="30" y2="40" alt="dogs">two dogs</points>""", 2)]
    [InlineData("There are none.", 0)]
    public void Of_WordsThatCount_AgreeWithTheDots(string text, int stated)
    {
        var check = Check(text);
        Assert.Equal((stated, stated, true), (check.Stated, check.Points, check.Agrees));
        Assert.Empty(check.Findings);
    }

    [Theory]
    [InlineData($"Counting the {Two} shows a total of 13.", null, 13)]
    [InlineData($"Counting the {Two} and the {Two} shows a total of three.", null, 3)]
    [InlineData($"There are 13 {Two}.", 0, 13)]
    [InlineData($"There are thirteen dogs. {Two}", null, 13)]
    [InlineData($"There are 2 {Two} and 4 {Cats}.", 1, 4)]
    [InlineData("""<points x1="10" y1="20" x2="30" y2="40" alt="dogs">13 dogs</points>""", 0, 13)]
    public void Of_AnotherNumberInTheWords_IsFound(string text, int? group, int stated)
    {
        var check = Check(text);
        var differs = Assert.IsType<CountDiffers>(Assert.Single(check.Findings));
        Assert.Equal((group, stated), (differs.Group, differs.Stated));
        Assert.False(check.Agrees);
    }

    [Theory]
    [InlineData($"The sign reads 25 mph. {Two}")]
    [InlineData($"The dogs are 5 feet tall: {Two}")]
    [InlineData($"There are 40 percent more {Two}.")]
    [InlineData($"There are 2.5 metres between them. {Two}")]
    [InlineData($"On page 3 {Two} are shown.")]
    [InlineData($"This one {Two} is it.")]
    [InlineData($"It costs $5 {Two}")]
    [InlineData($"There are 5 cats and there are 6 cows. {Two}")]
    [InlineData($"There are 1984 reasons, but {Two} and {Cats}.")]
    [InlineData("The year is 2024.")]
    [InlineData("")]
    public void Of_NumbersThatCountNothingShown_AreLeftAlone(string text)
    {
        var check = Check(text);
        Assert.Null(check.Stated);
        Assert.Empty(check.Findings);
        Assert.False(check.Agrees);
    }

    [Fact]
    public void Of_DotsOnTheSamePlace_AreNamedInPairs()
    {
        var check = Check("""<points x1="10" y1="20" x2="10.3" y2="20.3" x3="30" y3="20" x4="30" y4="20" x5="30" """
            + """y5="21" alt="a">a</points>""");
        var pairs = Assert.IsType<PointsCoincide>(Assert.Single(check.Findings)).Pairs;
        Assert.Equal([(1, 2), (3, 4)], pairs);
        Assert.Empty(
            Check("""<point x="10" y="20" alt="a">a</point> and <point x="10" y="20" alt="b">b</point>""").Findings);
    }

    [Fact]
    public void Of_ThousandsOnOnePlace_StaysSmallAndQuick()
    {
        var text = "<points " + string.Concat(Enumerable.Range(1, 3000).Select(i => $"x{i}=\"50\" y{i}=\"50\" "))
            + "alt=\"a\">a</points>";
        Assert.InRange(Assert.IsType<PointsCoincide>(Assert.Single(Check(text).Findings)).Pairs.Length, 1, 3000);
    }

    [Theory]
    [InlineData("10,80 30,10 20,60 40,50", new[] { 3 })]
    [InlineData("10,50 30,60 20,40 5,30", new[] { 3, 4 })]
    [InlineData("10,50 30,40 30,20 50,60", new[] { 3 })]
    [InlineData("10,50 20,20 19,60 30,10 40,70", new[] { 3 })]
    public void Of_DotsThatJumpBack_AreNamed(string points, int[] numbers)
        => Assert.Equal(numbers, Assert.IsType<OrderBreaks>(Assert.Single(Check(Tag(points)).Findings)).Numbers);

    [Theory]
    [InlineData("10,80 30,10 30,40 40,50")]
    [InlineData("80,10 20,30 60,50")]
    [InlineData("80,34 20,30 60,50")]
    [InlineData("10,80 30,10 29.8,60 40,50")]
    [InlineData("10,80")]
    public void Of_DotsInAnOrderOfTraining_AreNotRemarkedOn(string points) => Assert.Empty(Check(Tag(points)).Findings);

    [Fact]
    public void Of_GoldenCases_StatesTheirCountAndFindsWhereItDiffers()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(TestData.Golden, "points", "cases.json")));
        foreach (var item in json.RootElement.GetProperty("own").EnumerateArray())
        {
            if (item.GetProperty("expected_count").ValueKind != JsonValueKind.Number) continue;
            var text = item.GetProperty("text").GetString()!;
            var (count, points) =
                (item.GetProperty("expected_count").GetInt32(), item.GetProperty("expected_points").GetArrayLength());
            var check = Check(text);
            Assert.Equal((count, points, count == points), (check.Stated, check.Points, check.Agrees));
        }
    }

    [Fact]
    public void Of_GoldenAnswersOfTheShippedModel_AllAgree()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(TestData.TinyModel, "golden.json")));
        foreach (var answer in json.RootElement.GetProperty("answers").EnumerateArray())
            Assert.Empty(Check(answer.GetProperty("text").GetString()!).Findings);
    }

    [Theory]
    [InlineData(EndReason.Finished, true)]
    [InlineData(EndReason.Length, false)]
    [InlineData(EndReason.Stopped, false)]
    public void Check_AnswerThatDidNotComeToItsEnd_IsNotHeldToItsNumber(EndReason reason, bool isHeld)
    {
        var answer = new Answer();
        answer.Apply(new TextDelta(1, "There are 3 dogs: "));
        answer.Apply(new PointFound(2, 0, 1, 10, 20));
        answer.Apply(new PointGroupEnded(3, 0, "dogs", "dogs"));
        answer.Apply(new Ended(4, reason, new TokenUsage(1, 1), new GenerationTimings(1, 1, 1, 1, 1)));
        var check = answer.Check();
        Assert.Equal(isHeld, check.Findings.Any(finding => finding is CountDiffers));
        Assert.Equal(isHeld ? 3 : null, check.Stated);
    }

    private static AnswerCheck Check(string text) => AnswerCheck.Of(PointMarkupParser.Parse(text));

    private static string Tag(string points)
        => "<points " + string.Concat(points.Split(' ')
            .Select((point, i) => $"x{i + 1}=\"{point.Split(',')[0]}\" y{i + 1}=\"{point.Split(',')[1]}\" "))
            + "alt=\"a\">a</points>";
}
