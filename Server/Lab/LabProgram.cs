using System.CommandLine;

namespace Molmo.Demo.Lab;

/// <summary>
/// The console of what measures and makes, beside the server: <c>dotnet run --project Server/Lab -- evaluate ...</c>.
/// Exit codes: 0, or 1 with one sentence on standard error.
/// </summary>
internal static class LabProgram
{
    public static async Task<int> Main(string[] args)
    {
        if (Cultures.Prepare() is not { } obstacle) return await RunAsync(args, Console.Out, Console.Error);
        await Console.Error.WriteLineAsync(obstacle);
        return 1;
    }

    internal static Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Measure what a model answers, and make what the demo is tried with.")
        {
            new TrainCommand(),
            new CostCommand(),
            new EvaluateCommand(),
            new AnswerCommand(),
            new ScoreCommand(),
            new RateCommand(),
            new MakeRandomCommand(),
            new Command("make", "Make examples to train and to judge with.")
            {
                new MakeDrawnCommand(),
                new MakeGalleryCommand(),
                new MakePixMoCommand(),
                new MakeTokenizerCommand(),
            },
            new StoreAnswersCommand(),
            new RecordCommand(),
            new LoadCommand(),
        };
        return CommandRun.GuardAsync(() => CommandRun.InvokeAsync(root, args, output, error), error);
    }
}
