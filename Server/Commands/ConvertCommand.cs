using System.CommandLine;
using Molmo.Demo.Inference;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Weights;
using Molmo.Demo.Server.Hosting;
using Molmo.Demo.Server.ModelHub;

namespace Molmo.Demo.Server.Commands;

/// <summary><c>convert MODEL</c>: writes the weights as the kernels read them, so that later starts map them instead of converting.</summary>
internal sealed class ConvertCommand : Command
{
    private readonly Argument<string> _model = new("model") { Description = "Folder of a checkpoint in Hugging Face layout, or OWNER/NAME[@REVISION] of the Hub." };
    private readonly Option<string?> _weights = ModelOption.CreateWeights();
    private readonly Option<string?> _out = new("--out")
    {
        Description = "The file to write. Later starts need its name then: --packed FILE. Default: beside the model, where every start looks.",
        HelpName = "file",
    };

    public ConvertCommand()
        : base("convert", "Write a model's weights in the form in which they are kept in memory: later starts map that file.")
    {
        Add(_model);
        foreach (var option in (Option[])[_weights, _out]) Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var options = MolmoHost.ReadOptions(arguments.GetRequiredValue(_model), arguments.GetValue(_weights));
        var progress = ProgressLines.For(arguments.InvocationConfiguration.Error);
        try
        {
            var checkpoint = ModelLoader.Open(await ModelSource.FindOrFetchAsync(options.Model, progress, cancellationToken));
            var precision = ModelLoader.ChooseWeights(checkpoint, options);
            var path = Prepare(checkpoint, precision, arguments.GetValue(_out));
            await Task.Run(() => Write(checkpoint, precision, path, options.Threads, progress, cancellationToken), CancellationToken.None);
            progress.End();
            await arguments.InvocationConfiguration.Output.WriteLineAsync(
                $"Wrote the weights of {checkpoint.Name} ({checkpoint.Revision}) in {precision.Name()} to {path}: {DiskSpace.Size(new FileInfo(path).Length)}.");
            return 0;
        }
        finally
        {
            progress.End();
        }
    }

    private static string Prepare(Checkpoint checkpoint, WeightPrecision precision, string? named)
    {
        try
        {
            var path = PackedPlaces.Prepare(named is null ? PackedPlaces.Of(checkpoint, precision) : [Path.GetFullPath(named)]);
            var folder = Path.GetDirectoryName(path)!;
            return DiskSpace.Shortage(
                "The packed file", PackedWeights.LengthOf(checkpoint, precision), new DriveInfo(folder).AvailableFreeSpace, folder,
                "make room, name another disk with --out, or fewer bits with --weights") is { } sentence
                ? throw new CommandException(sentence)
                : path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The packed file cannot be written: {e.Message}", e);
        }
    }

    private static void Write(
        Checkpoint checkpoint, WeightPrecision precision, string path, int threads, ProgressLines progress, CancellationToken cancellationToken)
    {
        var meter = new ShareMeter(checkpoint.Name, PackedWeights.LengthOf(checkpoint, precision), progress);
        try
        {
            PackedWeights.Write(checkpoint, precision, path, threads, meter, cancellationToken);
        }
        catch (ModelFormatException e)
        {
            throw new CommandException($"The model in {checkpoint.Folder} cannot be converted: {e.Message} Nothing was written.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"Writing {path} failed: {e.Message} What was written is deleted.", e);
        }
    }

    /// <summary>A share of the work as the bytes of it that are done.</summary>
    private sealed class ShareMeter(string name, long total, IProgress<FetchProgress> progress) : IProgress<double>
    {
        private readonly RateMeter _meter = new(name, total, progress, TimeProvider.System);
        private long _done;

        public void Report(double value)
        {
            var done = (long)(value * total);
            _meter.Add(done - _done, isNew: true);
            _done = done;
        }
    }
}
