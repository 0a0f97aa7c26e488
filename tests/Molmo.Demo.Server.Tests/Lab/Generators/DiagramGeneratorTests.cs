using Molmo.Demo.Lab.Data.Generators;

namespace Molmo.Demo.Server.Tests.Lab.Generators;

public sealed partial class DiagramGeneratorTests
{
    [Fact]
    public void Read_Answers_FollowFromTheArrows()
    {
        var source = new DiagramGenerator(51);
        var checkedSorts = new Dictionary<string, int>();
        for (var i = 0; i < 300; i++)
        {
            var diagram = source.Plan(i);
            foreach (var annotation in source.Read(i).Annotations)
            {
                if (Expected(diagram, annotation.Question) is not var (sort, answer)) continue;
                checkedSorts[sort] = checkedSorts.GetValueOrDefault(sort) + 1;
                Assert.True(answer == annotation.Answer, $"{i}: {annotation} {answer}");
            }
        }
        string[] sorts = ["next", "previous", "count", "way", "parent", "children"];
        Assert.All(sorts, sort => Assert.True(checkedSorts.GetValueOrDefault(sort) > 2, sort));
    }

    [Fact]
    public void Layout_OfAnyDiagram_LaysNoBoxOnAnother()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var diagram = DiagramData.Create(random);
            var layout = DiagramLayout.Of(diagram, random);
            Assert.Equal(diagram.Boxes.Length, layout.Cells.Length);
            Assert.All(layout.Cells, cell =>
            {
                Assert.InRange(cell.X, 0.5f, layout.Columns - 0.5f);
                Assert.InRange(cell.Y, 0.5f, layout.Rows - 0.5f);
                Assert.Single(
                    layout.Cells, other => Math.Abs(other.X - cell.X) < 0.99f && Math.Abs(other.Y - cell.Y) < 0.99f);
            });
        }
    }

    private static (string Sort, string Answer)? Expected(DiagramData diagram, string question)
    {
        if (question is "How many steps are there?" or "How many boxes are there?")
            return ("count", $"{diagram.Boxes.Length}");
        if (Next().Match(question) is { Success: true } next)
            return ("next", diagram.Boxes[diagram.After(Box(next)).Single()]);
        if (Previous().Match(question) is { Success: true } previous)
            return ("previous", diagram.Boxes[diagram.Arrows.Single(arrow => arrow.To == Box(previous)).From]);
        if (Parent().Match(question) is { Success: true } parent)
            return ("parent", diagram.Boxes[diagram.Arrows.Single(arrow => arrow.To == Box(parent)).From]);
        if (Children().Match(question) is { Success: true } children)
            return ("children", $"{diagram.Arrows.Count(arrow => arrow.From == Box(children))}");
        if (Way().Match(question) is { Success: true } way)
            return ("way", diagram.Boxes[diagram.Arrows.Single(
                arrow => arrow.Label.Equals(way.Groups[2].Value, StringComparison.OrdinalIgnoreCase)).To]);
        return null;

        int Box(Match match) => diagram.Boxes.IndexOf(match.Groups[1].Value);
    }

    [GeneratedRegex(@"^What comes right after '(.+)'\?$")]
    private static partial Regex Next();

    [GeneratedRegex(@"^What comes right before '(.+)'\?$")]
    private static partial Regex Previous();

    [GeneratedRegex(@"^What is the parent of '(.+)'\?$")]
    private static partial Regex Parent();

    [GeneratedRegex(@"^How many children has '(.+)'\?$")]
    private static partial Regex Children();

    [GeneratedRegex(@"^What is done if the answer to '(.+)' is (yes|no)\?$")]
    private static partial Regex Way();
}
