using System.CommandLine;
using System.Diagnostics;
using Molmo.Demo.Lab.Load;

namespace Molmo.Demo.Lab;

/// <summary>
/// <c>load</c>: starts the server and lets people ask it all at once over real sockets, one of whom sends new photos.
/// Says how evenly answers came, and what became of the server's memory.
/// </summary>
internal sealed class LoadCommand : Command
{
    /// <summary>For everybody's first answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Option<int> _people = new("--people")
    {
        Description = "How many ask at once, 1 to 64; as many answers are written at the same time.",
        DefaultValueFactory = _ => 25,
    };
    private readonly Option<double> _minutes = new("--minutes")
    {
        Description = "How long, loading apart; above 0. Everybody's first answer is waited for. Stopped earlier, it "
            + "says what was measured until then.",
        DefaultValueFactory = _ => 5,
    };
    private readonly Option<double> _photo = new("--photo")
    {
        Description = "Seconds after which one of them sends a new photo of 12 megapixels; 0 for never.",
        DefaultValueFactory = _ => 20,
    };
    private readonly Option<int> _maxTokens = new("--max-tokens")
    {
        Description = $"Length of an answer at most, 1 to {ChatLimits.AnswerTokens}.",
        DefaultValueFactory = _ => 200,
    };
    private readonly Option<string?> _model = new("--model")
    {
        Description = "The server's. Default: the embedded one.",
        HelpName = "model",
    };
    private readonly Option<string?> _weights = EngineSettings.CreateWeights();
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object." };

    public LoadCommand()
        : base("load", "Let many people ask the server at once, and measure how evenly they are answered.")
    {
        foreach (var option in (Option[])[_people, _minutes, _photo, _maxTokens, _model, _weights, _json]) Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (people, minutes) = (arguments.GetValue(_people), arguments.GetValue(_minutes));
        var (photo, maxTokens) = (arguments.GetValue(_photo), arguments.GetValue(_maxTokens));
        if (people is < 1 or > 64) throw new CommandException("--people is a number from 1 to 64.");
        if (!(minutes > 0)) throw new CommandException("--minutes is a number above 0.");
        if (!(photo >= 0)) throw new CommandException("--photo is a number from 0.");
        if (maxTokens is < 1 or > ChatLimits.AnswerTokens)
            throw new CommandException($"--max-tokens is a number from 1 to {ChatLimits.AnswerTokens}.");
        var count = people.ToString(CultureInfo.InvariantCulture);
        List<string> settings =
        [
            "--Molmo:MaxSequences", count, "--Molmo:Images:UploadsPerMinute", "1000",
            "--Molmo:MaxSocketsPerAddress", "1000", "--Logging:LogLevel:Default", "Warning",
            "--Logging:LogLevel:Microsoft.Hosting.Lifetime", "Information",
        ];
        if (arguments.GetValue(_model) is { } model) settings.AddRange(["--model", model]);
        if (arguments.GetValue(_weights) is { } weights) settings.AddRange(["--weights", weights]);

        await using var server = await LoadedServer.StartAsync(settings, cancellationToken);
        await arguments.InvocationConfiguration.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"{people} people ask {server.Address} for {minutes} minutes. Ctrl-C ends it earlier."));
        var report = await MeasureAsync(server, people, TimeSpan.FromMinutes(minutes),
            photo > 0 ? TimeSpan.FromSeconds(photo) : null, maxTokens, cancellationToken);
        var output = arguments.InvocationConfiguration.Output;
        if (arguments.GetValue(_json)) await output.WriteLineAsync(CommandJson.Write(report));
        else foreach (var line in report.Lines()) await output.WriteLineAsync(line);
        return report.Faults.Count == 0 && report.Answers > 0 ? 0 : 1;
    }

    private static async Task<LoadReport> MeasureAsync(
        LoadedServer server, int count, TimeSpan time, TimeSpan? photoEvery, int maxTokens,
        CancellationToken cancellationToken)
    {
        var figures = new LoadFigures();
        LoadPerson[] people = [.. Enumerable.Range(0, count).Select(number => new LoadPerson(
            server.Address, number, figures, maxTokens, number == 0 ? photoEvery : null))];
        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var watch = Stopwatch.StartNew();
            var watching = server.WatchAsync(end.Token);
            Task[] asking = [.. people.Select(person => person.RunAsync(end.Token))];
            // Who stops it early gets what was measured until then.
            await Task.Delay(time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // A short run on a busy machine would say nothing.
            while (people.Any(person => person.Answers == 0) && watch.Elapsed < time + Patience && server.IsAlive
                && !cancellationToken.IsCancellationRequested)
                await Task.Delay(50, CancellationToken.None);
            var seconds = watch.Elapsed.TotalSeconds;
            var isAlive = server.IsAlive;
            await end.CancelAsync();
            await Task.WhenAll([watching, .. asking]);
            if (!isAlive) figures.AddFault("The server ended.");
            return figures.ToReport(
                count, people.Select(person => person.Stamp).FirstOrDefault(stamp => stamp is not null), seconds,
                server.Memory);
        }
        finally
        {
            foreach (var person in people) person.Dispose();
        }
    }
}
