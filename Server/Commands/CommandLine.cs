using System.CommandLine;
using Molmo.Demo.Server.Commands.Bench;
using Molmo.Demo.Server.Hosting;

namespace Molmo.Demo.Server.Commands;

/// <summary>
/// The server's commands. <c>serve</c> is the default: where the first argument is no command, all of them are its
/// configuration. Exit codes: 0, or 1 with one sentence on standard error.
/// </summary>
internal static class CommandLine
{
    private const string Serve = "serve";

    public static Task<int> RunAsync(string[] args) => RunAsync(args, Console.Out, Console.Error);

    internal static Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
        => CommandRun.GuardAsync(
            () => IsForServer(args) ? ServeAsync(args, error) : CommandRun.InvokeAsync(Root(), args, output, error),
            error);

    private static bool IsForServer(string[] args)
    {
        var rest = args is [Serve, ..] ? args[1..] : args;
        if (rest is ["--help" or "-h" or "-?" or "--version", ..]) return false;
        // Configuration is --key value, --key=value, /key value or key=value; anything else is meant as a command.
        return rest.Length < args.Length || args is [] || args[0].StartsWith('-') || args[0].StartsWith('/')
            || args[0].Contains('=');
    }

    private static async Task<int> ServeAsync(string[] args, TextWriter error)
        => await MolmoHost.RunAsync(args is [Serve, ..] ? args[1..] : args) is { } restart
            ? CommandRun.Fail(restart.Begin(), error)
            : 0;

    private static RootCommand Root() => new("Ask about a photo and see the answer pointed at.")
    {
        new Command(Serve,
            "Serve the web site and the engine (the default). Options: --urls, --model, --weights, --packed, --device, "
            + "--libtorch, --compare, --compare-weights, --data, --role, --inference, --key, --adopt."),
        new AskCommand(),
        new BenchCommand(),
        new FetchCommand(),
        new ConvertCommand(),
    };
}
