using System.CommandLine;
using Molmo.Demo.Inference.Engine;

namespace Molmo.Demo.Server.Commands;

/// <summary>
/// Runs one command of a program, here or in the lab. Exit codes: 0, or 1 with one sentence on standard error.
/// </summary>
internal static class CommandRun
{
    /// <summary>Time that a command has to come to an end after Ctrl-C: a training writes what it has.</summary>
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(20);

    /// <summary>Turns what a command throws on purpose into its sentence.</summary>
    public static async Task<int> GuardAsync(Func<Task<int>> run, TextWriter error)
    {
        try
        {
            return await run();
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

    /// <summary>Finds the command that the arguments name, and runs it.</summary>
    public static async Task<int> InvokeAsync(RootCommand root, string[] args, TextWriter output, TextWriter error)
    {
        if (args is [var name, ..] && !name.StartsWith('-') && root.Subcommands.All(command => command.Name != name))
            return Fail($"There is no command {name}. Try --help.", error);
        // A question may begin with @: it is not the name of a file with more arguments.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0) return Fail($"{parsed.Errors[0].Message} Try --help.", error);
        return await parsed.InvokeAsync(
            new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = EndsWithin,
                Output = output,
                Error = error,
            });
    }

    public static int Fail(string sentence, TextWriter error)
    {
        error.WriteLine(sentence);
        return 1;
    }
}
