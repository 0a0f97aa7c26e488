using System.CommandLine;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Hosting;
using Molmo.Demo.Server.ModelHub;

namespace Molmo.Demo.Server.Commands;

/// <summary>
/// <c>convert MODEL</c>: writes the weights as the kernels read them, so that later starts map them instead of
/// converting.
/// </summary>
internal sealed class ConvertCommand : Command
{
    private readonly Argument<string> _model = new("model")
    {
        Description = "Folder of a checkpoint in Hugging Face layout, or OWNER/NAME[@REVISION] of the Hub."
    };
    private readonly Option<string?> _weights = EngineSettings.CreateWeights();
    private readonly Option<string?> _out = new("--out")
    {
        Description = "The file to write. Later starts need its name then: --packed FILE. Default: beside the model, "
            + "where every start looks.",
        HelpName = "file",
    };

    public ConvertCommand()
        : base("convert",
            "Write a model's weights in the form in which they are kept in memory: later starts map that file.")
    {
        Add(_model);
        foreach (var option in (Option[])[_weights, _out]) Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var options = MolmoHost.ReadOptions([new("Molmo:Model", arguments.GetRequiredValue(_model)),
            new("Molmo:Weights", arguments.GetValue(_weights))]);
        var line = LineReport.Line(arguments);
        try
        {
            var folder = await ModelSource.FindOrFetchAsync(
                options, new LineReport(line, LineReport.Fetching), cancellationToken);
            line.End();
            var converter = ModelConverter.Open(folder, options, arguments.GetValue(_out));
            CheckSpace(converter);
            using var meter = new ShareMeter(converter.Name, converter.Length, new LineReport(line, "Converting"));
            await Task.Run(() => converter.Write(meter, cancellationToken), CancellationToken.None);
            line.End();
            await arguments.InvocationConfiguration.Output.WriteLineAsync(
                $"Wrote the weights of {converter.Name} in {converter.Precision} to {converter.Path}: "
                    + $"{DiskSpace.Size(new FileInfo(converter.Path).Length)}.");
            return 0;
        }
        finally
        {
            line.End();
        }
    }

    private static void CheckSpace(ModelConverter converter)
    {
        var folder = Path.GetDirectoryName(converter.Path)!;
        var free = new DriveInfo(folder).AvailableFreeSpace;
        if (DiskSpace.Shortage("The packed file", converter.Length, free, folder,
            "make room, name another disk with --out, or fewer bits with --weights") is { } sentence)
            throw new CommandException(sentence);
    }

    /// <summary>A share of the work as the bytes of it that are done.</summary>
    private sealed class ShareMeter(string name, long total, IProgress<FetchProgress> progress)
        : IProgress<double>, IDisposable
    {
        private readonly RateMeter _meter = new(name, total, progress, TimeProvider.System);
        private long _done;

        public void Report(double value)
        {
            var done = (long)(value * total);
            _meter.Add(done - _done, isNew: true);
            _done = done;
        }

        public void Dispose() => _meter.Dispose();
    }
}
