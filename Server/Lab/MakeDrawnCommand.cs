using System.CommandLine;
using Molmo.Demo.Lab.Data;
using Molmo.Demo.Lab.Data.Generators;
using Molmo.Demo.Lab.Data.Scenes;
using Molmo.Demo.Lab.Training;

namespace Molmo.Demo.Lab;

/// <summary><c>make drawn KIND --count N --seed S --out FOLDER</c>: examples of a generator in a folder.</summary>
internal sealed class MakeDrawnCommand : Command
{
    private readonly Argument<string> _kind =
        new("kind") { Description = $"One of {string.Join(", ", Generators.Names)}." };
    private readonly Option<long> _count = new("--count")
    {
        Description = "So many examples. Default: 100.",
        HelpName = "count",
        DefaultValueFactory = _ => 100
    };
    private readonly Option<long> _seed =
        new("--seed") { Description = "The same seed gives the same examples. Default: 0.", HelpName = "number" };
    private readonly Option<double> _scale = new("--scale")
    {
        Description = "Of the sides of scenes and smears: 2.5 gives the gallery's 800 pixels. Default: 1.",
        HelpName = "factor",
        DefaultValueFactory = _ => 1
    };
    private readonly Option<string?> _knows = new("--knows")
    {
        Description = "Scenes of the things alone that this checkpoint's knows.json names.",
        HelpName = "folder",
    };
    private readonly Option<string> _out =
        new("--out") { Description = "Folder to write to: new or empty.", HelpName = "folder", Required = true };

    public MakeDrawnCommand()
        : base("drawn", "Draw examples whose answers are known: charts, clocks and others.")
    {
        Add(_kind);
        foreach (var option in (Option[])[_count, _seed, _scale, _knows, _out]) Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var count = arguments.GetValue(_count);
        if (count < 1) throw new CommandException("--count is a number from 1.");
        var scale = arguments.GetValue(_scale);
        if (!(scale is > 0 and <= 10)) throw new CommandException("--scale is a number above 0, at most 10.");
        var source = Source(arguments, scale);
        var folder = Path.GetFullPath(arguments.GetRequiredValue(_out));
        using var writer = ExampleWriter.Open(folder);
        for (var i = 0L; i < count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            writer.Add(source.Read(i));
        }

        writer.Complete();
        await arguments.InvocationConfiguration.Output.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture, $"Wrote {writer.Count} examples to {folder}."));
        return 0;
    }

    private IExampleSource Source(ParseResult arguments, double scale)
    {
        var (kind, seed) = (arguments.GetRequiredValue(_kind), arguments.GetValue(_seed));
        if (arguments.GetValue(_knows) is not { } folder) return Generators.ByName(kind, seed, scale);
        if (kind is not ("scenes" or "hard-scenes")) throw new CommandException("--knows is for scenes alone.");
        var known = KnownLabels.Read(folder);
        var kinds = Kinds.All.Where(item => known.ContainsKey(item.Many)).ToList();
        if (kinds.Count < 3)
            throw new CommandException($"The folder {folder} has no knows.json with three things that can be drawn.");
        return new SceneGenerator(seed, scale, kind == "scenes" ? SceneLevel.Usual : SceneLevel.Many, kinds);
    }
}
