using System.CommandLine;
using System.Diagnostics;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Limits;
using Molmo.Demo.Server.Engines;

namespace Molmo.Demo.Server.Commands.Bench;

/// <summary>
/// <c>bench</c>: where the time of a question goes, as JSON on standard output and as a table on standard error.
/// </summary>
internal sealed class BenchCommand : Command
{
    private readonly Option<string?> _image = new("--image", "-i")
    {
        Description = "The picture (PNG, JPEG, WebP, GIF or BMP). Default: a blank one of 960 x 720.",
        HelpName = "file"
    };
    private readonly Option<int> _runs =
        new("--runs") { Description = "Runs whose median is taken, 1 to 1000.", DefaultValueFactory = _ => 5 };
    private readonly Option<bool> _json =
        new("--json") { Description = "Print the JSON only; else a table goes to standard error too." };
    private readonly Option<string?> _limits = new("--limits")
    {
        Description = "Limits of this machine, of which each stage's share is given.",
        HelpName = "file"
    };
    private readonly Option<string?> _measureLimits = new("--measure-limits")
    {
        Description = "Measure the limits of this machine instead, and write them there: arithmetic of each kind from "
            + "the cache and reads from memory, in about a quarter of a minute.",
        HelpName = "file"
    };
    private readonly Option<string[]> _compare = new("--compare")
    {
        Description = "Compare instead what two builds printed in turn: A.json B.json A.json B.json.",
        HelpName = "files",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };
    private readonly EngineSettings _engine = new();
    private readonly LimitPlan _plan;

    /// <param name="plan">How long limits are measured; null for figures.</param>
    public BenchCommand(LimitPlan? plan = null)
        : base("bench", "Measure preprocessing, encoding, prefill, first tokens and tokens per second.")
    {
        _plan = plan ?? LimitPlan.Full;
        foreach (var option in (Option[])[_image, _runs, _json, _limits, _measureLimits, _compare, .. _engine.All])
            Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var count = arguments.GetValue(_runs);
        if (count is < 1 or > 1000) throw new CommandException("--runs is a number from 1 to 1000.");
        var (output, error) = (arguments.InvocationConfiguration.Output, arguments.InvocationConfiguration.Error);
        var table = arguments.GetValue(_json) ? TextWriter.Null : error;
        if (arguments.GetResult(_compare) is { Implicit: false })
        {
            var lines = await BenchComparison.LinesAsync(arguments.GetValue(_compare)!, cancellationToken);
            await WriteAsync(lines, output);
            return 0;
        }

        if (arguments.GetValue(_measureLimits) is { } file)
        {
            await WriteAsync(BenchTable.Lines(await MeasureLimitsAsync(file, cancellationToken)), table);
            return 0;
        }

        var limits = arguments.GetValue(_limits) is { } named
            ? await LimitsFile.ReadAsync(named, cancellationToken) : null;
        var path = arguments.GetValue(_image);
        var bytes = path is null ? null : await ImageFile.ReadAsync(path, cancellationToken);
        var image = path is null
            ? new RgbImage(960, 720, new byte[960 * 720 * 3])
            : ImageFile.Decode(path, bytes!, cancellationToken);

        var options = _engine.Read(arguments);
        await using var model = await LocalModel.OpenAsync(
            options with { MaxSequences = Math.Max(options.MaxSequences, BenchMeasurement.BatchAnswers) }, error,
            cancellationToken);
        var watch = Stopwatch.StartNew();
        await ModelLoader.WarmUpAsync(model.Model, cancellationToken);
        var warmUpMs = watch.Elapsed.TotalMilliseconds;

        var measurement = new BenchMeasurement(model.Model, cancellationToken);
        var load = new MachineLoad();
        var runs = new List<BenchRun>();
        for (var run = 0; run < count; run++)
        {
            watch.Restart();
            if (path is not null) ImageFile.Decode(path, bytes!, cancellationToken);
            runs.Add(await measurement.RunAsync(run, image, watch.Elapsed.TotalMilliseconds));
        }

        var result = new BenchResult(
            BenchMachine.Here(options.Threads), model.Stamp(), measurement.Describe(path, image), model.LoadMs,
            warmUpMs, load.OthersShare, BenchRun.MedianOf(runs), null, runs);
        if (limits is not null)
            result = result with
            {
                Shares = BenchShares.Of(
                    limits, model.Model.Work, model.Model.Library, result, model.Options.Vision),
            };
        await output.WriteLineAsync(CommandJson.Write(result));
        await WriteAsync(BenchTable.Lines(result), table);
        return 0;
    }

    private async Task<LimitsFile> MeasureLimitsAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var limits = await Task.Run(() => LimitMeasurement.Measure(_plan, cancellationToken), cancellationToken);
            var file = new LimitsFile(BenchMachine.Here(0), TimeProvider.System.GetUtcNow(), limits);
            await file.WriteAsync(path, cancellationToken);
            return file;
        }
        catch (OutOfMemoryException e)
        {
            throw new CommandException(
                "There is too little memory for measuring how fast it is read: a gibibyte is needed.", e);
        }
    }

    private static async Task WriteAsync(IEnumerable<string> lines, TextWriter writer)
    {
        foreach (var line in lines) await writer.WriteLineAsync(line);
    }
}
