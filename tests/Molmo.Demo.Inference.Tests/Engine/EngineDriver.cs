using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Inference.Tests.Engine;

/// <summary>What the tests of this folder say to an engine.</summary>
internal static class EngineDriver
{
    /// <summary>Longer than any step here takes; only a hang meets it.</summary>
    public static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    /// <summary>Any tokenizer would do: the repository's, whatever golden set is tested.</summary>
    public static BpeTokenizer Tokenizer { get; } =
        BpeTokenizer.Load(Path.Combine(TestData.Repository, "tests", "Golden", "tiny-tokenizer", "tokenizer.json"));

    public static InferenceEngine Start(IModelRunner runner, int maxSequences = 4)
        => new(runner, Tokenizer, maxSequences);

    public static GenerationRequest Request(
        int[] prompt, int maxTokens, SamplingOptions? sampling = null, params int[] endTokenIds)
        => new(new Prompt(prompt, null), sampling ?? SamplingOptions.Greedy, endTokenIds, maxTokens);

    /// <summary>A prompt that differs from those of other numbers.</summary>
    public static int[] Prompt(int number, int length = 5)
        => [.. Enumerable.Range(0, length).Select(i => (number * 31 + i * 7) % 50)];

    public static async Task<(int[] Tokens, FinishReason? Finish)> AnswerAsync(
        this InferenceEngine engine, GenerationRequest request, CancellationToken cancellationToken)
    {
        var tokens = new List<int>();
        FinishReason? finish = null;
        await foreach (var update in engine.GenerateAsync(request, cancellationToken))
        {
            Assert.Null(finish);
            if (update.TokenId is { } id) tokens.Add(id);
            finish = update.Finish;
        }
        return ([.. tokens], finish);
    }

    public static async Task UntilAsync(
        this InferenceEngine engine, Func<EngineStatistics, bool> condition, CancellationToken cancellationToken)
    {
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        guard.CancelAfter(Guard);
        while (!condition(engine.Statistics)) await Task.Delay(1, guard.Token);
    }
}
