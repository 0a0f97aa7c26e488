using System.CommandLine;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Server.Hosting;

namespace Molmo.Demo.Server.Commands;

/// <summary>
/// The program's commands. <c>serve</c> is the default: where the first argument is no command, all of them are the
/// server's configuration. Exit codes: 0, or 1 with one sentence on standard error.
/// </summary>
internal static class CommandLine
{
    private const string Serve = "serve";

    public static Task<int> RunAsync(string[] args) => RunAsync(args, Console.Out, Console.Error);

    internal static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        try
        {
            return IsForServer(args) ? await ServeAsync(args, error) : await InvokeAsync(args, output, error);
        }
        catch (Exception e) when (e is StartupException or CommandException or EngineException or DeviceLostException)
        {
            return Fail(e.Message, error);
        }
        catch (OperationCanceledException)
        {
            return Fail("Stopped.", error);
        }
    }

    private static bool IsForServer(string[] args)
    {
        var rest = args is [Serve, ..] ? args[1..] : args;
        if (rest is ["--help" or "-h" or "-?" or "--version", ..]) return false;
        // Configuration is --key value, --key=value, /key value or key=value; anything else is meant as a command.
        return rest.Length < args.Length || args is [] || args[0].StartsWith('-') || args[0].StartsWith('/') || args[0].Contains('=');
    }

    private static async Task<int> ServeAsync(string[] args, TextWriter error)
        => await MolmoHost.RunAsync(args is [Serve, ..] ? args[1..] : args) is { } restart ? Fail(restart.Begin(), error) : 0;

    private static async Task<int> InvokeAsync(string[] args, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Ask about a photo and see the answer pointed at.")
        {
            new Command(Serve, "Serve the web site and the engine (the default). Options: --urls, --model, --weights, --packed, --device, --libtorch, --compare, --compare-weights, --data, --role, --inference, --key, --adopt."),
            new AskCommand(),
            new EvaluateCommand(),
            new ScoreCommand(),
            new BenchCommand(),
            new FetchCommand(),
            new ConvertCommand(),
            new MakeRandomCommand(),
            new StoreAnswersCommand(),
        };
        if (!args[0].StartsWith('-') && root.Subcommands.All(command => command.Name != args[0])) return Fail($"There is no command {args[0]}. Try --help.", error);
        // A question may begin with @: it is not the name of a file with more arguments.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0) return Fail($"{parsed.Errors[0].Message} Try --help.", error);
        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = error });
    }

    private static int Fail(string sentence, TextWriter error)
    {
        error.WriteLine(sentence);
        return 1;
    }
}
