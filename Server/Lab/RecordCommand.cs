using System.CommandLine;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Torch;
using Molmo.Demo.Inference.Torch.Native;
using Molmo.Demo.Lab.Data;
using Molmo.Demo.Lab.Evaluation;

namespace Molmo.Demo.Lab;

/// <summary>
/// <c>record CHECKPOINT PICTURES</c>: keeps the likeliest answers, token by token, in the checkpoint's
/// <c>golden.json</c>. They come from libtorch's modules, so that the program's own engine is compared with another.
/// </summary>
internal sealed class RecordCommand : Command
{
    private const int Blocks = 64;
    private const int MostTokens = 512;

    private readonly Argument<string> _checkpoint = new("checkpoint") { Description = "Folder of a small checkpoint." };
    private readonly Argument<string> _pictures = new("pictures") { Description = "Folder with truth.json." };
    private readonly Option<string> _libtorch =
        new("--libtorch") { Description = "Folder of libtorch.", HelpName = "folder" };

    public RecordCommand()
        : base("record", "Keep a small checkpoint's answers beside it, for the tests of other engines.")
    {
        Add(_libtorch);
        Add(_checkpoint);
        Add(_pictures);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var checkpoint = Checkpoint.Open(arguments.GetRequiredValue(_checkpoint));
        var folder = arguments.GetRequiredValue(_pictures);
        var truth = await TruthFile.LoadAsync(folder, cancellationToken);
        LibTorch.Load(arguments.GetValue(_libtorch));
        using var runner = TorchModelRunner.Load(
            checkpoint, new TorchSettings(TorchDevice.Cpu, TorchPrecision.Float32, 0, _ => Blocks), null,
            cancellationToken);
        var preprocessor = new MultiCropPreprocessor(checkpoint.Preprocessor, checkpoint.Special);
        var prompts = new PromptBuilder(checkpoint.Tokenizer, checkpoint.Special);
        var answers = new List<RecordedAnswer>();
        for (var i = 0; i < truth.Pictures.Count; i++)
        {
            // What another decoder makes of a JPEG may differ by a bit, and with it an answer.
            var file = truth.Pictures[i].File;
            if (!file.EndsWith(".png", StringComparison.Ordinal)) continue;
            var picture = await ImageFile.LoadAsync(Path.Combine(folder, file), cancellationToken);
            var image = preprocessor.Process(picture, ct: cancellationToken);
            foreach (var question in truth.QuestionsAbout(i).Questions.Select(asked => asked.Text))
            {
                var prompt = prompts.Build([], question, image);
                var (ids, margin) = Answer(runner, prompt, checkpoint, cancellationToken);
                answers.Add(new RecordedAnswer(
                    file, question, checkpoint.Tokenizer.Decode(ids, skipSpecial: true), prompt.TokenIds, ids,
                    Math.Round(margin, 5)));
            }
        }

        var path = Path.Combine(checkpoint.Folder, "golden.json");
        // An answer a line: hundreds of ids.
        var lines = answers.Select(answer => JsonSerializer.Serialize(answer, ExampleFolder.Json));
        await File.WriteAllTextAsync(
            path, "{\"answers\": [\n" + string.Join(",\n", lines) + "\n]}\n", cancellationToken);
        await arguments.InvocationConfiguration.Output.WriteLineAsync($"Wrote {answers.Count} answers to {path}.");
        return 0;
    }

    /// <returns>Ids without the end of text, and the least gap between the two highest logits.</returns>
    private static (int[] Ids, double Margin) Answer(
        TorchModelRunner runner, Prompt prompt, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        var sequence = new Sequence(prompt);
        var logits = new float[runner.VocabularySize];
        var (ids, margin, block) = (new List<int>(), double.MaxValue, 0);
        while (ids.Count < MostTokens)
        {
            while (sequence.BlockTable.Count * runner.BlockSize < sequence.TokenIds.Count) sequence.AddBlock(block++);
            runner.Forward(
                new Batch(ids.Count == 0 ? Phase.Prefill : Phase.Decode, [sequence]), logits, cancellationToken);
            sequence.ComputedCount = sequence.TokenIds.Count;
            var best = logits.AsSpan().IndexOf(logits.Max());
            margin = Math.Min(margin, logits[best] - logits.Where((_, id) => id != best).Max());
            if (best == checkpoint.Special.Bos) break;
            ids.Add(best);
            sequence.Append(best);
        }

        return ([.. ids], margin);
    }

    /// <summary>An answer of the file.</summary>
    private sealed record RecordedAnswer(
        string File, string Question, string Text,
        [property: JsonPropertyName("prompt_ids")] int[] PromptIds,
        [property: JsonPropertyName("answer_ids")] int[] AnswerIds,
        [property: JsonPropertyName("min_margin")] double MinMargin);
}
