namespace Molmo.Demo.Lab.Data.Generators;

internal enum DiagramKind
{
    /// <summary>Steps one after the other.</summary>
    Chain,

    /// <summary>Steps up to a question with two ways on.</summary>
    Decision,

    /// <summary>Things with what belongs to them.</summary>
    Tree,
}

/// <summary>An arrow or a line between two boxes.</summary>
/// <param name="From">Number of a box.</param>
/// <param name="To">Number of a box.</param>
/// <param name="Label">What stands at it; empty for nothing.</param>
internal readonly record struct DiagramArrow(int From, int To, string Label);

/// <summary>A diagram before it is drawn.</summary>
/// <param name="Kind">Its form.</param>
/// <param name="Boxes">Their labels, all different; of a chain in its order, of a tree the root first.</param>
/// <param name="Arrows">Of a tree from what is above.</param>
internal sealed record DiagramData(
    DiagramKind Kind, ImmutableArray<string> Boxes, ImmutableArray<DiagramArrow> Arrows)
{
    private static readonly string[][] Processes =
    [
        ["Boil water", "Warm the pot", "Add tea", "Pour water", "Wait", "Serve"],
        ["Order", "Payment", "Packing", "Shipping", "Delivery", "Review"],
        ["Idea", "Sketch", "Model", "Test", "Build", "Launch"],
        ["Wake up", "Shower", "Breakfast", "Bus ride", "Work", "Lunch", "Walk home"],
        ["Seed", "Sprout", "Plant", "Flower", "Fruit"],
        ["Read input", "Check input", "Compute", "Round", "Print result"],
        ["Mix flour", "Knead dough", "Let it rise", "Shape loaf", "Bake", "Cool down"],
        ["Egg", "Larva", "Pupa", "Butterfly"],
        ["Open ticket", "Assign", "Fix", "Review", "Close ticket"],
        ["Evaporation", "Clouds", "Rain", "River", "Sea"],
        ["Collect data", "Clean data", "Train model", "Measure", "Report"],
        ["Wash", "Rinse", "Spin", "Dry", "Fold", "Put away"],
        ["Apply", "Interview", "Offer", "Contract", "First day"],
        ["Draft", "Edit", "Proofread", "Print", "Sell"],
    ];

    private static readonly (string Before, string Question, string Yes, string No)[] Decisions =
    [
        ("Look outside", "Is it raining?", "Take umbrella", "Wear a hat"),
        ("Press button", "Lamp on?", "Start work", "Change bulb"),
        ("Check stock", "In stock?", "Ship order", "Order more"),
        ("Read card", "Card valid?", "Open door", "Sound alarm"),
        ("Measure heat", "Too hot?", "Start fan", "Do nothing"),
        ("Taste soup", "Salty enough?", "Serve soup", "Add salt"),
        ("Count votes", "Majority?", "Pass law", "Vote again"),
        ("Run tests", "All green?", "Release", "Fix bugs"),
        ("Knock", "Anyone home?", "Go in", "Leave note"),
        ("Check tank", "Tank full?", "Drive on", "Fill up"),
    ];

    private static readonly string[] Starts = ["Start", "Begin", "Go"];

    private static readonly (string Root, (string Name, string[] Parts)[] Groups)[] Families =
    [
        ("Animals", [("Birds", ["Owl", "Duck", "Crow"]), ("Fish", ["Carp", "Eel", "Trout"]),
            ("Mammals", ["Cat", "Bear", "Whale"])]),
        ("Food", [("Fruit", ["Apple", "Plum", "Fig"]), ("Grain", ["Rice", "Oats", "Rye"]),
            ("Dairy", ["Milk", "Cheese", "Butter"])]),
        ("Company", [("Sales", ["Shops", "Online", "Export"]), ("Design", ["Web", "Print", "Film"]),
            ("Finance", ["Taxes", "Wages", "Bills"])]),
        ("House", [("Ground floor", ["Kitchen", "Hall", "Bath"]), ("Upper floor", ["Bedroom", "Office", "Closet"]),
            ("Cellar", ["Boiler", "Wine", "Tools"])]),
        ("Music", [("Strings", ["Violin", "Cello", "Harp"]), ("Winds", ["Flute", "Oboe", "Horn"]),
            ("Drums", ["Snare", "Bongo", "Tom"])]),
        ("Disk", [("Photos", ["Beach", "Party", "Dog"]), ("Texts", ["Letter", "Poem", "List"]),
            ("Programs", ["Chess", "Mail", "Clock"])]),
        ("Shapes", [("Round", ["Circle", "Oval", "Ring"]), ("Pointed", ["Star", "Arrow", "Kite"]),
            ("Solid", ["Cube", "Cone", "Ball"])]),
    ];

    public static DiagramData Create(Random random) => random.Next(3) switch
    {
        0 => CreateChain(random),
        1 => CreateDecision(random),
        _ => CreateTree(random),
    };

    /// <summary>Numbers of the boxes to which arrows lead from one.</summary>
    public IEnumerable<int> After(int box) => Arrows.Where(arrow => arrow.From == box).Select(arrow => arrow.To);

    /// <summary>Arrows from the first box to one.</summary>
    public int DepthOf(int box)
    {
        var depth = 0;
        while (Arrows.Where(arrow => arrow.To == box).Select(arrow => (int?)arrow.From).FirstOrDefault() is { } above)
            (box, depth) = (above, depth + 1);
        return depth;
    }

    private static DiagramData CreateChain(Random random)
    {
        var process = random.Pick(Processes);
        var count = random.Next(3, process.Length + 1);
        var start = random.Next(process.Length - count + 1);
        return new DiagramData(
            DiagramKind.Chain, [.. process[start..(start + count)]],
            [.. Enumerable.Range(1, count - 1).Select(i => new DiagramArrow(i - 1, i, ""))]);
    }

    private static DiagramData CreateDecision(Random random)
    {
        var (before, question, yes, no) = random.Pick(Decisions);
        string[] steps = random.NextDouble() < 0.5 ? [random.Pick(Starts), before] : [before];
        var asked = steps.Length;
        return new DiagramData(
            DiagramKind.Decision, [.. steps, question, yes, no],
            [
                .. Enumerable.Range(1, asked).Select(i => new DiagramArrow(i - 1, i, "")),
                new(asked, asked + 1, "Yes"), new(asked, asked + 2, "No"),
            ]);
    }

    private static DiagramData CreateTree(Random random)
    {
        var (root, all) = random.Pick(Families);
        (string Name, string[] Parts)[] groups = [.. all];
        random.Shuffle(groups);
        var boxes = new List<string> { root };
        var arrows = new List<DiagramArrow>();
        var count = random.Next(2, groups.Length + 1);
        // Of three groups with three parts each the boxes would be too small to read.
        var most = count == 2 ? 3 : 2;
        foreach (var (name, every) in groups[..count])
        {
            var group = boxes.Count;
            boxes.Add(name);
            arrows.Add(new DiagramArrow(0, group, ""));
            string[] parts = [.. every];
            random.Shuffle(parts);
            foreach (var part in parts[..random.Next(most + 1)])
            {
                arrows.Add(new DiagramArrow(group, boxes.Count, ""));
                boxes.Add(part);
            }
        }
        return new DiagramData(DiagramKind.Tree, [.. boxes], [.. arrows]);
    }
}
