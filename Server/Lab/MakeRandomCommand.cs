using System.CommandLine;
using Molmo.Demo.Lab.Synthesis;
using Molmo.Demo.Server.ModelHub;

namespace Molmo.Demo.Lab;

/// <summary>
/// <c>make-random --like NAME --out DIR</c>: a checkpoint of a published one's shapes and files with random weights.
/// </summary>
internal sealed class MakeRandomCommand : Command
{
    private readonly Option<string> _like = new("--like")
    {
        Description = $"The published checkpoint: {string.Join(", ", SyntheticCheckpoint.Names)}.",
        HelpName = "name",
        Required = true
    };
    private readonly Option<int?> _layers = new("--layers")
    {
        Description = "Layers of the language model. Default: as many as published.",
        HelpName = "count"
    };
    private readonly Option<string> _out =
        new("--out") { Description = "Folder to write to: new or empty.", HelpName = "folder", Required = true };
    private readonly Option<long> _seed =
        new("--seed") { Description = "The same seed gives the same weights. Default: 0." };

    public MakeRandomCommand()
        : base("make-random",
            "Write a checkpoint of a published one's shapes with random weights, to try loading, memory and speed.")
    {
        foreach (var option in (Option[])[_like, _layers, _out, _seed]) Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var name = NameOf(arguments.GetRequiredValue(_like));
        var layers = arguments.GetValue(_layers);
        var most = SyntheticCheckpoint.PublishedLayerCount(name);
        if (layers < 1 || layers > most)
            throw new CommandException($"--layers is a number from 1 to {most} for {name}.");
        var checkpoint = SyntheticCheckpoint.Like(name, layers, arguments.GetValue(_seed));
        var folder = Path.GetFullPath(arguments.GetRequiredValue(_out));
        var line = LineReport.Line(arguments);
        try
        {
            await Task.Run(() => Write(checkpoint, folder, new LineReport(line, "Writing"), cancellationToken),
                CancellationToken.None);
        }
        finally
        {
            line.End();
        }

        await arguments.InvocationConfiguration.Output.WriteLineAsync(
            $"Wrote random weights of the shapes of {name}, {checkpoint.LayerCount} of {most} layers, to {folder}: "
                + $"{DiskSpace.Size(checkpoint.Length)}.");
        return 0;
    }

    /// <summary>The owner may stand before it, as on the Hub.</summary>
    private static string NameOf(string like)
    {
        var name = like[(like.LastIndexOf('/') + 1)..];
        return SyntheticCheckpoint.Names.FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new CommandException(
                $"--like is one of {string.Join(", ", SyntheticCheckpoint.Names)}; {like} is none of them.");
    }

    private static void Write(
        SyntheticCheckpoint checkpoint, string folder, LineReport progress, CancellationToken cancellationToken)
    {
        var isNew = !Directory.Exists(folder);
        try
        {
            if (!isNew && Directory.EnumerateFileSystemEntries(folder).Any())
                throw new CommandException(
                    $"The folder {folder} is not empty. Nothing was written; name a new one with --out.");
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The folder {folder} cannot be made: {e.Message}", e);
        }

        var isDone = false;
        try
        {
            var free = new DriveInfo(folder).AvailableFreeSpace;
            if (DiskSpace.Shortage(
                "The checkpoint", checkpoint.Length, free, folder, "choose another disk, or fewer layers with --layers")
                is { } sentence)
                throw new CommandException(sentence);
            var meter = new RateMeter(checkpoint.Name, checkpoint.Length, progress, TimeProvider.System);
            checkpoint.Write(folder, bytes => meter.Add(bytes, isNew: true), cancellationToken);
            isDone = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"Writing to {folder} failed: {e.Message} What was written is deleted.", e);
        }
        finally
        {
            // Half a checkpoint is of no use to anyone; the folder held nothing else.
            if (!isDone) Clear(folder, isNew);
        }
    }

    private static void Clear(string folder, bool isNew)
    {
        foreach (var file in Directory.EnumerateFiles(folder)) File.Delete(file);
        if (isNew) Directory.Delete(folder);
    }
}
