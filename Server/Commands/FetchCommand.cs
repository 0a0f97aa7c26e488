using System.CommandLine;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Hosting;
using Molmo.Demo.Server.ModelHub;

namespace Molmo.Demo.Server.Commands;

/// <summary><c>fetch OWNER/NAME[@REVISION]</c>: brings a model into the Hub cache and prints its folder.</summary>
internal sealed class FetchCommand : Command
{
    private readonly Argument<string> _model = new("model") { Description = "OWNER/NAME or OWNER/NAME@REVISION." };

    public FetchCommand()
        : base("fetch", "Fetch a model into the standard Hub cache (HF_HOME, HF_HUB_CACHE, HF_TOKEN, "
            + "HF_ENDPOINT and HF_HUB_OFFLINE are respected).")
    {
        Arguments.Add(_model);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var text = parsed.GetValue(_model)!;
        var model = HubModel.Parse(text) ?? throw new CommandException(
            $"{text} is not the name of a model. Write OWNER/NAME or OWNER/NAME@REVISION.");
        var line = LineReport.Line(parsed);
        try
        {
            var notes = new List<string>();
            var folder = await new HubFetch(ModelSource.HubOf(MolmoHost.ReadOptions([])), TimeProvider.System)
                .RunAsync(model, new LineReport(line, LineReport.Fetching), cancellationToken, notes.Add);
            line.End();
            foreach (var note in notes) await parsed.InvocationConfiguration.Error.WriteLineAsync(note);
            await parsed.InvocationConfiguration.Output.WriteLineAsync(folder);
            return 0;
        }
        catch (ModelHubException e)
        {
            line.End();
            throw new CommandException(e.Message);
        }
    }
}
