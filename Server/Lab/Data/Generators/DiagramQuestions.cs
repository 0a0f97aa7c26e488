namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Questions about a diagram with answers out of its boxes and arrows.</summary>
internal sealed class DiagramQuestions
{
    private readonly DiagramData _diagram;
    private readonly Random _random;

    private DiagramQuestions(DiagramData diagram, Random random) => (_diagram, _random) = (diagram, random);

    /// <inheritdoc cref="ChartQuestions.Ask"/>
    public static IReadOnlyList<(string Question, string Answer)> Ask(DiagramData diagram, Random random, int count)
    {
        var asked = new DiagramQuestions(diagram, random);
        Func<(string, string)>[] sorts = diagram.Kind switch
        {
            DiagramKind.Chain => [asked.Next, asked.Next, asked.Previous, asked.StepCount, asked.End, asked.Numbered],
            DiagramKind.Decision => [asked.Way, asked.Way, asked.Decided, asked.Asked, asked.Next, asked.BoxCount],
            _ => [asked.Above, asked.Above, asked.Below, asked.BelowCount, asked.BoxCount, asked.Root, asked.Levels],
        };
        random.Shuffle(sorts);
        return [.. sorts.Select(ask => ask()).DistinctBy(pair => pair.Item1).Take(count)];
    }

    private (string, string) Next()
    {
        // Of a question there are two.
        var single = _random.Pick([.. _diagram.Arrows.Where(arrow => arrow.Label.Length == 0)]);
        var name = Name(single.From);
        return (Pick(
            $"What comes right after '{name}'?", $"What follows '{name}'?", $"Which box does '{name}' lead to?",
            $"What is the next step after '{name}'?"), Name(single.To));
    }

    private (string, string) Previous()
    {
        var arrow = _random.Pick(_diagram.Arrows);
        var name = Name(arrow.To);
        return (Pick(
            $"What comes right before '{name}'?", $"Which step leads to '{name}'?",
            $"From which box does the arrow to '{name}' come?"), Name(arrow.From));
    }

    private (string, string) StepCount() => (Pick(
        "How many steps are there?", "How many steps does the process have?", "Count the steps."), Count());

    private (string, string) End() => _random.NextDouble() < 0.5
        ? (Pick("What is the first step?", "Where does the process begin?"), Name(0))
        : (Pick("What is the last step?", "Where does the process end?"), _diagram.Boxes[^1]);

    private (string, string) Numbered()
    {
        var (a, b) = (_random.Next(_diagram.Boxes.Length), _random.Next(_diagram.Boxes.Length));
        if (a == b) return ($"Which number has the step '{Name(a)}', counted from the start?", $"{a + 1}");
        return (Pick(
            $"Does '{Name(a)}' come before '{Name(b)}'?", $"Is '{Name(a)}' earlier than '{Name(b)}'?"),
            a < b ? "Yes" : "No");
    }

    private (string, string) Way()
    {
        var arrow = _random.Pick([.. _diagram.Arrows.Where(arrow => arrow.Label.Length > 0)]);
        var (question, answer) = (Name(arrow.From), arrow.Label.ToLowerInvariant());
        return (Pick(
            $"What is done if the answer to '{question}' is {answer}?",
            $"What happens when '{question}' is answered with {answer}?",
            $"Where does the arrow labeled {arrow.Label} lead?"), Name(arrow.To));
    }

    private (string, string) Decided()
    {
        var arrow = _random.Pick([.. _diagram.Arrows.Where(arrow => arrow.Label.Length > 0)]);
        return (Pick(
            $"Which answer leads to '{Name(arrow.To)}'?", $"After which answer comes '{Name(arrow.To)}'?"),
            arrow.Label);
    }

    private (string, string) Asked() => (Pick(
        "Which question is asked?", "What is decided in the diamond?", "What does the diamond say?"),
        _diagram.Boxes.First(box => box.EndsWith('?')));

    private (string, string) Above()
    {
        var arrow = _random.Pick(_diagram.Arrows);
        var name = Name(arrow.To);
        return (Pick(
            $"What does '{name}' belong to?", $"Which box leads to '{name}'?", $"What is the parent of '{name}'?"),
            Name(arrow.From));
    }

    private (string, string) Below()
    {
        var box = _random.Pick(_diagram.Arrows).From;
        return (Pick($"What does '{Name(box)}' lead to?", $"Which boxes come from '{Name(box)}'?",
            $"What are the children of '{Name(box)}'?"), Wording.List([.. _diagram.After(box).Select(Name)]));
    }

    private (string, string) BelowCount()
    {
        var box = _random.Next(_diagram.Boxes.Length);
        return (Pick(
            $"How many children has '{Name(box)}'?", $"How many arrows leave '{Name(box)}'?"),
            $"{_diagram.After(box).Count()}");
    }

    private (string, string) BoxCount() => (Pick(
        "How many boxes are there?", "How many boxes does the diagram have?", "Count all boxes."), Count());

    private (string, string) Root() => (Pick(
        "What is at the root of the tree?", "Where does the tree begin?", "Which box has no arrow to it?"), Name(0));

    private (string, string) Levels() => (Pick(
        "How many levels has the tree?", "How many levels are there, with the root?"),
        $"{Enumerable.Range(0, _diagram.Boxes.Length).Max(_diagram.DepthOf) + 1}");

    private string Name(int box) => _diagram.Boxes[box];

    private string Count() => $"{_diagram.Boxes.Length}";

    private string Pick(params string[] wordings) => _random.Pick(wordings);
}
