using System.CommandLine;
using Molmo.Demo.Lab.Data;
using Molmo.Demo.Lab.Training;

namespace Molmo.Demo.Lab;

/// <summary>
/// <c>train CONFIG.json</c>: trains a network, or goes on where a run was cut. Ctrl-C ends it and keeps what is done.
/// </summary>
internal sealed class TrainCommand : Command
{
    private readonly Argument<string> _config = new("config") { Description = "The training, as a JSON file." };
    private readonly Option<string> _device = new("--device")
    {
        Description = "cpu or cuda:0.",
        DefaultValueFactory = _ => "cpu",
    };
    private readonly Option<string> _precision = new("--precision")
    {
        Description = "Of the computation: float32 or bfloat16; weights and sums stay float32. Default: bfloat16 on a "
            + "GPU, else float32.",
        HelpName = "format",
    };
    private readonly Option<int> _threads = new("--threads") { Description = "Of the processor. Default: all." };
    private readonly Option<long?> _steps = new("--steps") { Description = "End after so many more steps." };
    private readonly Option<double?> _minutes = new("--minutes") { Description = "End after so many minutes." };
    private readonly Option<string> _libtorch =
        new("--libtorch") { Description = "Folder of libtorch.", HelpName = "folder" };

    public TrainCommand()
        : base("train", "Train a network, from nothing or from a checkpoint, and go on where a run was cut.")
    {
        foreach (var option in (Option[])[_device, _precision, _threads, _steps, _minutes, _libtorch]) Add(option);
        Add(_config);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var config = TrainingConfig.Load(arguments.GetRequiredValue(_config));
        var output = arguments.InvocationConfiguration.Output;
        var format = TrainingDevice.Open(
            arguments.GetValue(_device)!, arguments.GetValue(_precision), arguments.GetValue(_threads),
            arguments.GetValue(_libtorch));
        var trainer = new Trainer(config, format, line =>
        {
            output.WriteLine(line);
            output.Flush();
        });
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (arguments.GetValue(_minutes) is { } minutes)
        {
            if (!(minutes > 0)) throw new CommandException("--minutes is a number above 0.");
            end.CancelAfter(TimeSpan.FromMinutes(minutes));
        }

        // Not in this call, which would keep Ctrl-C from being heard.
        var result = await Task.Run(
            () => trainer.Run(ExampleSources.Open, arguments.GetValue(_steps), end.Token), CancellationToken.None);
        await output.WriteLineAsync(result.Finished
            ? $"Done. The checkpoint lies in {Path.Combine(config.Output, "checkpoint")}."
            : $"Stopped; the same command goes on from here. State: {config.Output}.");
        return 0;
    }
}
