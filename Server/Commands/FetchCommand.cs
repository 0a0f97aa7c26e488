using System.CommandLine;
using Molmo.Demo.Server.ModelHub;

namespace Molmo.Demo.Server.Commands;

/// <summary><c>fetch OWNER/NAME[@REVISION]</c>: brings a model into the Hub cache and prints its folder.</summary>
internal sealed class FetchCommand : Command
{
    private readonly Argument<string> _model = new("model") { Description = "OWNER/NAME or OWNER/NAME@REVISION." };

    public FetchCommand()
        : base("fetch", "Fetch a model into the standard Hub cache (HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_ENDPOINT and HF_HUB_OFFLINE are respected).")
    {
        Arguments.Add(_model);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var text = parsed.GetValue(_model)!;
        var model = HubModel.Parse(text) ?? throw new CommandException($"{text} is not the name of a model. Write OWNER/NAME or OWNER/NAME@REVISION.");
        var progress = new Lines(parsed.InvocationConfiguration.Error, isTerminal: !Console.IsErrorRedirected);
        try
        {
            var folder = await new HubFetch(HubSettings.FromEnvironment(), TimeProvider.System).RunAsync(model, progress, cancellationToken);
            progress.End();
            await parsed.InvocationConfiguration.Output.WriteLineAsync(folder);
            return 0;
        }
        catch (ModelHubException e)
        {
            progress.End();
            throw new CommandException(e.Message);
        }
    }

    /// <summary>One line that is written over on a terminal; a line every five seconds elsewhere.</summary>
    private sealed class Lines(TextWriter error, bool isTerminal) : IProgress<FetchProgress>
    {
        private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

        private readonly Lock _lock = new();
        private long _last;
        private int _width;

        public void Report(FetchProgress value)
        {
            lock (_lock)
            {
                if (!isTerminal && _last != 0 && TimeProvider.System.GetElapsedTime(_last) < Interval && value.DoneBytes < value.TotalBytes) return;
                _last = TimeProvider.System.GetTimestamp();
                var text = FetchWords.Say(value);
                if (isTerminal) error.Write($"\r{text.PadRight(_width)}");
                else error.WriteLine(text);
                _width = text.Length;
            }
        }

        public void End()
        {
            if (isTerminal && _width > 0) error.WriteLine();
        }
    }
}
