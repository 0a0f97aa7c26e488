using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Tests.Preprocessing;

namespace Molmo.Demo.Inference.Tests.Model;

/// <summary>The cases of <c>Golden/model</c>, at the tolerances of their README, for every runner.</summary>
public sealed class GoldenModelTests
{
    private const double LogitTolerance = 1e-4;
    private const double HiddenTolerance = 1e-4;
    private const double BatchTolerance = 1e-5;
    private const int Blocks = 512;

    public static TheoryData<string, string, string> AllCases()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var runner in TestRunners.Kinds)
            foreach (var name in GoldenModelSet.Names())
                foreach (var item in new GoldenModelSet(name).CaseNames()) data.Add(runner, name, item);
        return data.OrAbsent();
    }

    public static TheoryData<string, string> AllBatches()
    {
        var data = new TheoryData<string, string>();
        foreach (var runner in TestRunners.Kinds)
            foreach (var name in GoldenModelSet.Names())
                if (new GoldenModelSet(name).Cases.TryGetProperty("batch", out _)) data.Add(runner, name);
        return data.OrAbsent();
    }

    [Slow]
    [Theory]
    [MemberData(nameof(AllCases))]
    public void Forward_GoldenPrompt_GivesEveryStoredTensor(string runnerName, string setName, string caseName)
    {
        AbsentData.Skip(setName, "Golden checkpoints");
        var set = new GoldenModelSet(setName);
        var golden = set.Case(caseName);
        using var runner = TestRunners.Load(runnerName, set.Folder, Blocks);
        var seen = new Dictionary<string, List<float>>();
        TestRunners.SetTrace(
            runner, (name, values) => (seen.TryGetValue(name, out var list) ? list : seen[name] = []).AddRange(values));
        var driver = new RunnerDriver(runner);
        var logits = driver.Forward(driver.Begin(golden.Prompt));
        TestRunners.SetTrace(runner, null);

        var config = ModelConfig.Load(set.Folder);
        foreach (var name in golden.Tensors.Names)
        {
            switch (name)
            {
                case "images" or "image_masks" or "image_input_idx" or "greedy_logits":
                    break;
                case "logits_last":
                    Closeness.Check(name, golden.Tensors.Read<float>(name), logits, LogitTolerance);
                    break;
                case "logits_last_f64":
                    Closeness.Check(name, [.. golden.Tensors.Read<double>(name).Select(value => (float)value)], logits,
                        LogitTolerance);
                    break;
                case "logits_other":
                    Closeness.Check(
                        name, golden.Tensors.Read<float>(name), OtherLogits(runner, golden), LogitTolerance);
                    break;
                default:
                    var expected = golden.Tensors.ReadNumbers(name);
                    Closeness.Check(name, expected, Traced(name, golden, expected.Length, seen, config),
                        Closeness.Scaled(HiddenTolerance, expected));
                    break;
            }
        }
    }

    [Slow]
    [Theory]
    [MemberData(nameof(AllCases))]
    public void Forward_GreedyContinuation_GivesTheReferenceTokens(string runnerName, string setName, string caseName)
    {
        AbsentData.Skip(setName, "Golden checkpoints");
        var set = new GoldenModelSet(setName);
        var golden = set.Case(caseName);
        using var runner = TestRunners.Load(runnerName, set.Folder, Blocks);
        var driver = new RunnerDriver(runner);
        var sequence = driver.Begin(golden.Prompt);
        var tokens = golden.GreedyTokens;
        var expected = golden.Tensors.Read<float>("greedy_logits");
        for (var step = 0; step < tokens.Length; step++)
        {
            var logits = driver.Forward(sequence);
            Closeness.Check($"greedy_logits of step {step}", expected.AsSpan(step * logits.Length, logits.Length),
                logits, LogitTolerance);
            Assert.True(tokens[step] == RunnerDriver.Likeliest(logits),
                $"Step {step}: expected token {tokens[step]}, found {RunnerDriver.Likeliest(logits)}.");
            sequence.Append(tokens[step]);
        }
    }

    [Slow]
    [Theory]
    [MemberData(nameof(AllBatches))]
    public void Forward_Batch_EqualsReferenceAndUnbatched(string runnerName, string setName)
    {
        AbsentData.Skip(setName, "Golden checkpoints");
        var set = new GoldenModelSet(setName);
        var batch = set.Cases.GetProperty("batch");
        var cases = batch.GetProperty("rows").EnumerateArray().Select(row => set.Case(row.GetString()!)).ToArray();
        var tensors = new GoldenTensors(Path.Combine(set.Folder, batch.GetProperty("tensors").GetString()!));
        using var runner = TestRunners.Load(runnerName, set.Folder, Blocks);
        var driver = new RunnerDriver(runner);
        var together = cases.Select(item => driver.Begin(item.Prompt)).ToArray();
        var alone = cases.Select(item => driver.Begin(item.Prompt)).ToArray();
        for (var step = 0; step < cases[0].GreedyTokens.Length; step++)
        {
            var logits = driver.Forward(together);
            if (step == 0)
                Closeness.Check("last_valid_logits", tensors.Read<float>("last_valid_logits"), logits, LogitTolerance);
            for (var row = 0; row < cases.Length; row++)
            {
                var mine = logits.AsSpan(row * runner.VocabularySize, runner.VocabularySize);
                Closeness.Check($"Row {row}, step {step}", driver.Forward(alone[row]), mine, BatchTolerance);
                var token = cases[row].GreedyTokens[step];
                Assert.Equal(token, RunnerDriver.Likeliest(mine));
                together[row].Append(token);
                alone[row].Append(token);
            }
        }
    }

    /// <summary>
    /// Logits at the stored positions before the last, from prompts that end there; all in one batch.
    /// </summary>
    private static float[] OtherLogits(IModelRunner runner, GoldenModelCase golden)
    {
        var driver = new RunnerDriver(runner);
        var positions =
            golden.Item.GetProperty("other_positions").EnumerateArray().Select(position => position.GetInt32());
        return driver.Forward([.. positions.Select(position => driver.Begin(golden.PromptUpTo(position)))]);
    }

    /// <summary>The part of a traced tensor that a golden tensor stores.</summary>
    private static float[] Traced(
        string name, GoldenModelCase golden, int length, Dictionary<string, List<float>> seen, ModelConfig config)
    {
        if (name.EndsWith("_crop0", StringComparison.Ordinal)) return [.. seen[name[..^"_crop0".Length]].Take(length)];
        if (name is "pool_kv" or "pool_query" or "pool_out") return [.. seen[name].Take(length)];
        if (name == "embeds") return [.. seen[name].TakeLast(length)];
        if (name == "image_features")
        {
            var crops = golden.Item.GetProperty("n_crops").GetInt32();
            return [.. seen[name].Chunk(seen[name].Count / crops).SelectMany(crop => crop.Take(length / crops))];
        }

        Assert.True(name.EndsWith("_last", StringComparison.Ordinal),
            $"The golden file holds '{name}', which these tests do not know.");
        var stem = name[..^"_last".Length];
        if (stem.EndsWith("_q", StringComparison.Ordinal)) return LastRow($"{stem[..^2]}_qkv", 0);
        if (stem.EndsWith("_k", StringComparison.Ordinal)) return LastRow($"{stem[..^2]}_qkv", config.HiddenSize);
        if (stem.EndsWith("_experts", StringComparison.Ordinal))
            return [.. Choice(stem[..^"_experts".Length]).Select(choice => choice.Expert)];
        if (stem.EndsWith("_expert_weights", StringComparison.Ordinal))
            return [.. Choice(stem[..^"_expert_weights".Length]).Select(choice => choice.Weight)];
        return [.. seen[stem].TakeLast(length)];

        float[] LastRow(string traced, int offset)
            => [.. seen[traced].TakeLast(config.HiddenSize + (2 * config.KeyValueSize)).Skip(offset).Take(length)];

        // The reference lists the likeliest expert first.
        IEnumerable<(float Expert, float Weight)> Choice(string block)
            => seen[$"{block}_experts"].TakeLast(length)
                .Zip(seen[$"{block}_expert_weights"].TakeLast(length)).OrderByDescending(choice => choice.Second);
    }
}
