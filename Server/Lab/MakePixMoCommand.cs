using System.CommandLine;
using Molmo.Demo.Lab.Data;
using Molmo.Demo.Lab.Data.PixMo;

namespace Molmo.Demo.Lab;

/// <summary>
/// <c>make pixmo TABLE FILE... --pictures FOLDER --out FOLDER</c>: examples of a published PixMo table and of those of
/// its pictures that are there.
/// </summary>
internal sealed class MakePixMoCommand : Command
{
    private readonly Argument<string> _table = new("table") { Description = $"One of {PixMoTable.Names}." };
    private readonly Argument<string[]> _files = new("file")
    {
        Description = "The table: parquet files, or JSON lines with the same names of fields.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string?> _pictures = new("--pictures")
    {
        Description = "Folder with pictures, named by their SHA-256, by that of their URL, or as there. "
            + "The tables docs and clocks may have them in themselves.",
        HelpName = "folder",
    };
    private readonly Option<string> _out =
        new("--out") { Description = "Folder to write to: new or empty.", HelpName = "folder", Required = true };
    private readonly Option<long> _seed =
        new("--seed") { Description = "The same seed words questions the same way. Default: 0." };

    public MakePixMoCommand()
        : base("pixmo", "Write a folder of examples from a published PixMo table.")
    {
        Add(_table);
        Add(_files);
        foreach (var option in (Option[])[_pictures, _out, _seed]) Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var table = PixMoTable.Of(arguments.GetRequiredValue(_table));
        var folder = arguments.GetValue(_pictures);
        if (folder is null && !table.HasPictures)
            throw new CommandException($"The table {table.Name} has no pictures; name a folder with --pictures.");
        var pictures = folder is null ? PictureFolder.None : PictureFolder.Open(folder);
        using var writer = ExampleWriter.Open(arguments.GetRequiredValue(_out));
        var maker = new PixMoMaker(
            table, arguments.GetRequiredValue(_files), pictures, writer, arguments.GetValue(_seed));
        await maker.RunAsync(cancellationToken);

        var leftOut = maker.LeftOutCounts.Count == 0 ? "." : ". Left out: " + string.Join(
            ", ", maker.LeftOutCounts.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Value} {c.Key}")))
            + ".";
        if (writer.Count == 0)
            throw new CommandException($"The table gave no example, and nothing was written{leftOut}");
        writer.Complete();
        await arguments.InvocationConfiguration.Output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"Wrote {writer.Count} examples with {maker.AnnotationCount} annotations to "
                + $"{arguments.GetRequiredValue(_out)}{leftOut}"));
        return 0;
    }
}
