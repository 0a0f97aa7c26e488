using System.CommandLine;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Lab.Synthesis;
using Molmo.Demo.Lab.Training;

namespace Molmo.Demo.Lab;

/// <summary><c>cost CONFIG.json</c>: operations, memory and days of a training, computed before it is begun.</summary>
internal sealed class CostCommand : Command
{
    private readonly Argument<string> _config = new("config") { Description = "The training, as a JSON file." };
    private readonly Option<string?> _like = new("--like")
    {
        Description = $"A published network in place of the file's: {string.Join(", ", SyntheticCheckpoint.Names)}.",
        HelpName = "name",
    };
    private readonly Option<int> _crops = new("--crops")
    {
        Description = "Of a picture, with the overview. Default: 13.",
        DefaultValueFactory = _ => 13,
    };
    private readonly Option<double> _speed = new("--teraflops")
    {
        Description = "That a device reaches. Default: 400, a good share of what an H100 can do in bfloat16.",
        DefaultValueFactory = _ => 400,
    };
    private readonly Option<int> _devices =
        new("--devices") { Description = "That share the work. Default: 1.", DefaultValueFactory = _ => 1 };

    public CostCommand()
        : base("cost", "Compute what a training takes, without doing it.")
    {
        foreach (var option in (Option[])[_like, _crops, _speed, _devices]) Add(option);
        Add(_config);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var config = TrainingConfig.Load(arguments.GetRequiredValue(_config));
        var network = arguments.GetValue(_like) is { } name
            ? (PublishedModel.All.FirstOrDefault(model => model.Name == name)
                ?? throw new CommandException($"There is no published checkpoint {name}.")).Network
            : ModelConfig.Load(config.Model);
        var (crops, speed, devices) = (
            arguments.GetValue(_crops), arguments.GetValue(_speed), arguments.GetValue(_devices));
        if (crops < 1 || devices < 1 || !(speed > 0))
            throw new CommandException("--crops, --devices and --teraflops are above zero.");
        var output = arguments.InvocationConfiguration.Output;
        var whole = TimeSpan.Zero;
        foreach (var stage in config.Stages)
        {
            var cost = new TrainingCost(network, stage.Length, crops);
            var sequences = (double)stage.Steps * stage.BatchSize;
            var time = cost.Duration(sequences, speed * 1e12, devices);
            whole += time;
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"{stage.Name}: {sequences:N0} sequences of {stage.Length:N0} positions, {cost.Operations / 1e12:G4} "
                + $"teraflop each, {sequences * cost.Operations:G3} in all: {Shown(time)}"));
        }

        var memory = new TrainingCost(network, 1, crops);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"{memory.Parameters:N0} parameters; weights, gradients and moments: {memory.StateBytes(2) / 1e9:N1} GB "
            + $"with bfloat16, {memory.StateBytes(4) / 1e9:N1} GB without, activations apart."));
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"All: {Shown(whole)} of {devices} at {speed:G4} teraflops, {whole.TotalHours * devices:N1} "
            + $"device hours."));
        return 0;
    }

    private static string Shown(TimeSpan time)
    {
        var (number, unit) = time.TotalHours < 1
            ? (time.TotalMinutes, "minutes")
            : time.TotalDays < 2 ? (time.TotalHours, "hours") : (time.TotalDays, "days");
        return string.Create(CultureInfo.InvariantCulture, $"{number:N1} {unit}");
    }
}
