using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Inference.Tests.Model;

/// <summary>
/// The embedded checkpoint from picture file and question to the last token, against the answers recorded beside it.
/// </summary>
public sealed class TinyCheckpointTests
{
    /// <summary>
    /// Where the two likeliest tokens come closer than this, another exact engine may choose the other.
    /// </summary>
    private const double SafeMargin = 0.001;

    /// <summary>The recording beside the checkpoint, and those of another set of golden data.</summary>
    public static TheoryData<string, string> Recordings()
    {
        string[] folders = [TestData.TinyModel, Path.Combine(TestData.Golden, "molmo-tiny"),
            Path.Combine(TestData.Golden, "models", "molmo-tiny")];
        var data = new TheoryData<string, string>();
        foreach (var runner in TestRunners.Kinds)
            foreach (var folder in folders.Select(folder => Path.Combine(folder, "golden.json")).Where(File.Exists))
                data.Add(runner, folder);
        return data.OrAbsent();
    }

    [Slow]
    [Theory]
    [MemberData(nameof(Recordings))]
    public void Answer_EveryRecordedQuestion_GivesTheRecordedTokens(string runnerName, string recording)
    {
        AbsentData.Skip(recording, "Recorded answers");
        var folder = Path.GetDirectoryName(recording)!;
        var checkpoint =
            Checkpoint.Open(File.Exists(Path.Combine(folder, ModelConfig.FileName)) ? folder : TestData.TinyModel);
        using var runner = TestRunners.Load(runnerName, checkpoint.Folder, 64);
        var driver = new RunnerDriver(runner);
        var preprocessor = new MultiCropPreprocessor(checkpoint.Preprocessor, checkpoint.Special);
        var prompts = new PromptBuilder(checkpoint.Tokenizer, checkpoint.Special);
        var pictures = new Dictionary<string, ImageInputs>();
        var answers = JsonDocument.Parse(File.ReadAllBytes(recording)).RootElement.GetProperty("answers");
        Assert.True(answers.GetArrayLength() > 0, "golden.json holds no answers.");
        foreach (var answer in answers.EnumerateArray())
        {
            var file = answer.GetProperty("file").GetString()!;
            var question = answer.GetProperty("question").GetString()!;
            if (!pictures.TryGetValue(file, out var picture))
            {
                var pixels = ImageDecoder.Decode(
                    File.ReadAllBytes(Picture(file)), DecoderLimits.Default, TestContext.Current.CancellationToken);
                picture = pictures[file] = preprocessor.Process(pixels, ct: TestContext.Current.CancellationToken);
            }

            var prompt = prompts.Build([], question, picture);
            Assert.Equal(Ids(answer, "prompt_ids"), prompt.TokenIds);
            if (answer.GetProperty("min_margin").GetDouble() <= SafeMargin) continue;
            var expected = Ids(answer, "answer_ids");
            var sequence = driver.Begin(prompt);
            foreach (var token in expected) Step(token);
            Step(checkpoint.Special.Bos);
            driver.End(sequence);
            Assert.Equal(
                answer.GetProperty("text").GetString(), checkpoint.Tokenizer.Decode(expected, skipSpecial: true));

            void Step(int token)
            {
                var found = RunnerDriver.Likeliest(driver.Forward(sequence));
                Assert.True(token == found, $"{file}, '{question}', "
                    + $"token {sequence.TokenIds.Count - sequence.PromptLength}: expected {token}, found {found}.");
                sequence.Append(token);
            }
        }
    }

    private static string Picture(string file)
    {
        var other = Path.Combine(TestData.Golden, "samples", file);
        return File.Exists(other) ? other : Path.Combine(TestData.Samples, file);
    }

    private static int[] Ids(JsonElement answer, string name)
        => [.. answer.GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];
}
