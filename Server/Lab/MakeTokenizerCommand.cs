using System.CommandLine;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Lab.Data;
using Molmo.Demo.Lab.Tokens;
using Molmo.Demo.Lab.Training;

namespace Molmo.Demo.Lab;

/// <summary><c>make tokenizer CONFIG.json</c>: learns a tokenizer from what a training's annotations say.</summary>
internal sealed class MakeTokenizerCommand : Command
{
    private readonly Argument<string> _config = new("config") { Description = "The training, as a JSON file." };
    private readonly Option<int> _merges =
        new("--merges") { Description = "Merges at most.", DefaultValueFactory = _ => 384 };
    private readonly Option<int> _examples =
        new("--examples") { Description = "Read of each part of the data.", DefaultValueFactory = _ => 3000 };

    public MakeTokenizerCommand()
        : base("tokenizer", "Learn a tokenizer from a training's annotations, into the folder of its model.")
    {
        Add(_merges);
        Add(_examples);
        Add(_config);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var config = TrainingConfig.Load(arguments.GetRequiredValue(_config));
        var texts = new List<string>();
        foreach (var part in config.Stages.SelectMany(stage => stage.Data).DistinctBy(part => (part.Name, part.Folder)))
        {
            if (part.Optional && part.Folder is { } folder && !Directory.Exists(folder)) continue;
            var source = ExampleSources.Open(part);
            for (var i = 0; i < arguments.GetValue(_examples); i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                foreach (var annotation in source.Read(i).Annotations)
                {
                    texts.Add(PromptBuilder.QuestionPiece(annotation.Question));
                    texts.Add(PromptBuilder.AnswerPiece(annotation.Answer));
                }
            }
        }

        var size = TokenizerMaker.Write(texts, arguments.GetValue(_merges), config.Model);
        await arguments.InvocationConfiguration.Output.WriteLineAsync(
            $"Wrote the tokenizer of {config.Model}: vocab_size and embedding_size are {size}.");
        return 0;
    }
}
