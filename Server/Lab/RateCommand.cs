using System.CommandLine;
using System.Data.Common;
using Molmo.Demo.Lab.Rating;
using Molmo.Demo.Server.Comparison;
using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Lab;

/// <summary>
/// <c>rate VOTES</c> or <c>rate --data FOLDER</c>: Bradley-Terry ratings from pairwise votes, with intervals.
/// </summary>
internal sealed class RateCommand : Command
{
    private readonly Argument<string?> _votes = new("votes")
    {
        Description = "JSON lines, each with a, b and a verdict.",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly Option<string?> _data = new("--data")
    {
        Description = "Instead of a file: a server's data folder, which is only read.",
        HelpName = "folder",
    };
    private readonly Option<double> _prior = new("--prior")
    {
        Description = "Virtual games of each entrant against a mean one, half of them won; without any, one who never "
            + "lost is infinitely strong. Above 0.",
        DefaultValueFactory = _ => BradleyTerry.StandardPrior,
    };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object." };

    public RateCommand()
        : base("rate", "Rate what was compared, from people's votes on pairs of answers.")
    {
        Add(_votes);
        foreach (var option in (Option[])[_data, _prior, _json]) Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (file, data) = (arguments.GetValue(_votes), arguments.GetValue(_data));
        if (file is null == data is null)
            throw new CommandException("Name either a file with votes or a data folder with --data.");
        var prior = arguments.GetValue(_prior);
        if (!(prior > 0 && double.IsFinite(prior))) throw new CommandException("--prior is a number above 0.");
        var (votes, dropped) = file is not null
            ? await VoteLines.LoadAsync(file, cancellationToken)
            : (ReadData(data!), 0);
        if (votes.All(vote => vote.A == vote.B))
            throw new CommandException($"{file ?? data} has no vote between two entrants: there is nothing to rate.");
        var standings = BootstrapRatings.Rate(votes, prior, cancellationToken);

        var output = arguments.InvocationConfiguration.Output;
        if (arguments.GetValue(_json))
        {
            await output.WriteLineAsync(CommandJson.Write(new { votes = votes.Length, dropped, prior, standings }));
            return 0;
        }

        await output.WriteLineAsync($"votes: {votes.Length}, cannot tell: {dropped}");
        foreach (var standing in standings)
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"{standing.Rating,6:F0}  {$"{standing.Low:F0} to {standing.High:F0}",-14}"
                    + $"  {standing.Wins,6:0.#} of {standing.Games,-5}  {standing.Entrant}"));
        return 0;
    }

    private static ImmutableArray<Vote> ReadData(string folder)
    {
        var path = Path.Combine(folder, "molmo.db");
        if (!File.Exists(path)) throw new CommandException($"There is no database in {folder}.");
        try
        {
            return VoteFile.Read(path);
        }
        catch (DbException e)
        {
            throw new CommandException($"The votes in {path} cannot be read: {e.Message.TrimEnd('.')}.", e);
        }
    }
}
