using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Tests.Model;

namespace Molmo.Demo.Inference.Tests.Engine;

/// <summary>The engine with the shipped network in place of the scripted one.</summary>
public sealed class TinyModelEngineTests
{
    private static readonly Checkpoint Checkpoint = Checkpoint.Open(TestData.TinyModel);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Kinds => [.. TestRunners.Kinds];

    [Slow]
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Generate_BatchedAndPreempted_EqualsOneByOne(string runnerName)
    {
        var requests = Requests();
        var single = new List<int[]>();
        await using (var engine = Start(Load(runnerName, blocks: 64), maxSequences: 1))
            foreach (var request in requests) single.Add((await engine.AnswerAsync(request, Token)).Tokens);

        // Room for two answers of full length and the prompts of the others: they are preempted as they grow.
        var blocksOfOne =
            requests.Max(r => r.Prompt.TokenIds.Length + r.MaxTokens) / ManagedModelRunner.PositionsPerBlock + 1;
        var runner = Load(runnerName, 2 * blocksOfOne);
        await using var crowded = Start(runner, maxSequences: 6);
        var answers = await Task.WhenAll(requests.Select(r => crowded.AnswerAsync(r, Token)));
        Assert.Equal(single, answers.Select(a => a.Tokens));
        Assert.True(runner.Largest > 1, "Nothing was batched: the test tests nothing.");
        Assert.True(runner.Recomputed > 0, "Nothing was preempted: the test tests nothing.");
        Assert.Equal(2 * blocksOfOne, crowded.Statistics.FreeBlocks);
    }

    [Slow]
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Generate_AgainOrFromTheMiddle_GivesTheSameTokens(string runnerName)
    {
        await using var engine = Start(Load(runnerName, blocks: 64), maxSequences: 1);
        foreach (var request in Requests())
        {
            var tokens = (await engine.AnswerAsync(request, Token)).Tokens;
            Assert.Equal(tokens, (await engine.AnswerAsync(request, Token)).Tokens);
            var written = tokens[..25];
            var rest = await engine.AnswerAsync(
                request with { Written = written, MaxTokens = request.MaxTokens - written.Length }, Token);
            Assert.Equal(tokens[25..], rest.Tokens);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Generate_StoppedOnTheWay_LeavesTheOthersAsTheyWere(string runnerName)
    {
        var runner = Load(runnerName, blocks: 64);
        await using var engine = Start(runner, maxSequences: 2);
        var (kept, stopped) = (Requests()[0], Requests()[1] with { MaxTokens = 2000 });
        var alone = (await engine.AnswerAsync(kept, Token)).Tokens;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var other = engine.AnswerAsync(stopped, stop.Token);
        await engine.UntilAsync(statistics => statistics.Running == 1, Token);
        var beside = engine.AnswerAsync(kept, Token);
        await engine.UntilAsync(_ => runner.Largest > 1, Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);
        Assert.Equal(alone, (await beside).Tokens);
        await engine.UntilAsync(statistics => statistics is { Running: 0, FreeBlocks: 64 }, Token);
    }

    [Slow]
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Generate_WithWhatEarlierQuestionsLeft_EqualsAFreshEngine(string runnerName)
    {
        var requests = FollowUps();
        var fresh = new List<int[]>();
        foreach (var request in requests)
        {
            await using var engine = Start(Load(runnerName, blocks: 64), maxSequences: 1);
            fresh.Add((await engine.AnswerAsync(request, Token)).Tokens);
        }

        // One after the other, each finding the turns before; then all at once, preempting each other.
        await using var kept = Start(Load(runnerName, blocks: 64), maxSequences: 1);
        for (var i = 0; i < requests.Length; i++)
            Assert.Equal(fresh[i], (await kept.AnswerAsync(requests[i], Token)).Tokens);
        Assert.True(kept.Reuse.ReusedPositions > requests.Sum(r => r.Prompt.TokenIds.Length) / 2);
        var pictures = requests.Select(r => r.Prompt.Image!.ContentKey).Distinct().Count();
        Assert.Equal(pictures, kept.Reuse.PicturesEncoded);

        await using var crowded = Start(Load(runnerName, blocks: 24), maxSequences: 6);
        for (var round = 0; round < 2; round++)
        {
            var answers = await Task.WhenAll(requests.Select(r => crowded.AnswerAsync(r, Token)));
            Assert.Equal(fresh, answers.Select(a => a.Tokens));
        }

        Assert.True(crowded.Reuse.ReusedPositions > 0);
        Assert.Equal(24, crowded.Statistics.FreeBlocks);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Generate_PreparedAhead_EqualsUnprepared(string runnerName)
    {
        var request = Requests()[0];
        var picture = request.Prompt.Image!;
        await using var fresh = Start(Load(runnerName, blocks: 64), maxSequences: 1);
        var expected = (await fresh.AnswerAsync(request, Token)).Tokens;
        await using var engine = Start(Load(runnerName, blocks: 64), maxSequences: 1);
        await engine.PrepareAsync(
            new Prompt([Checkpoint.Special.Bos, .. picture.ImageTokenIds], picture), null, Token);
        Assert.Equal(expected, (await engine.AnswerAsync(request, Token)).Tokens);
        Assert.True(engine.Reuse.ReusedPositions >= picture.ImageTokenIds.Length);
    }

    [Fact]
    public async Task Decode_SteadyState_AllocatesNothing()
    {
        var runner = Load(TestRunners.Managed, blocks: 64);
        await using var engine = Start(runner, maxSequences: 2);
        GenerationRequest[] requests = [.. Requests().Take(2).Select(r => r with { MaxTokens = 150 })];
        // The runner's lists grow to the longest plan there was, once.
        await Task.WhenAll(requests.Select(r => engine.AnswerAsync(r, Token)));
        runner.Allocated.Clear();
        var readers = requests.Select(r => engine.GenerateAsync(r, Token).GetAsyncEnumerator(Token)).ToArray();
        await Task.WhenAll(readers.Select(r => r.MoveNextAsync().AsTask()));
        await engine.UntilAsync(s => s.Running == 0, Token);
        foreach (var reader in readers) await reader.DisposeAsync();
        Assert.True(runner.Allocated.Count > 100);
        Assert.Equal(0, runner.Allocated[^1] - runner.Allocated[50]);
    }

    private static GenerationRequest[] Requests()
    {
        var preprocessor = new MultiCropPreprocessor(Checkpoint.Preprocessor, Checkpoint.Special);
        var prompts = new PromptBuilder(Checkpoint.Tokenizer, Checkpoint.Special);
        var pixels = new byte[320 * 240 * 3];
        new Random(4).NextBytes(pixels);
        var image = preprocessor.Process(new RgbImage(320, 240, pixels), ct: Token);
        string[] questions = ["How many dogs are there?", "Point to the fish.", "What is there?", "Point to the cars.",
            "How many stars are there?", "Count the hearts."];
        // No end token, so that all grow to their full length.
        return [.. questions.Select((q, i) => new GenerationRequest(
            prompts.Build([], q, i % 3 == 2 ? null : image),
            i % 2 == 0 ? SamplingOptions.Greedy : new SamplingOptions(1, Seed: i), [], 60))];
    }

    /// <summary>Two photos, each asked about twice, with a follow-up of three turns.</summary>
    private static GenerationRequest[] FollowUps()
    {
        var preprocessor = new MultiCropPreprocessor(Checkpoint.Preprocessor, Checkpoint.Special);
        var prompts = new PromptBuilder(Checkpoint.Tokenizer, Checkpoint.Special);
        var requests = new List<GenerationRequest>();
        foreach (var seed in (int[])[4, 5])
        {
            var pixels = new byte[320 * 240 * 3];
            new Random(seed).NextBytes(pixels);
            ImageInputs Cut() => preprocessor.Process(new RgbImage(320, 240, pixels), ct: Token);
            var history = new List<PromptTurn>();
            foreach (var question in (string[])["How many dogs are there?", "Point to the fish.", "And the cars?"])
            {
                requests.Add(New(prompts.Build(history, question, Cut())));
                history.Add(new PromptTurn(question, " Counting the <points> shows a total of 3."));
            }

            requests.Add(New(prompts.Build([], "What is there?", Cut())));
        }

        return [.. requests];

        static GenerationRequest New(Prompt prompt) => new(prompt, SamplingOptions.Greedy, [], 40);
    }

    private static Counting Load(string runnerName, int blocks)
        => TestRunners.Load(runnerName, Checkpoint.Folder, blocks) is var runner && runner is ISamplingRunner sampling
            ? new CountingSampling(sampling)
            : new Counting(runner);

    private static InferenceEngine Start(IModelRunner runner, int maxSequences)
        => new(runner, Checkpoint.Tokenizer, maxSequences);

    /// <summary>Watches what the engine asks of a runner.</summary>
    private class Counting(IModelRunner runner) : IModelRunner
    {
        public int VocabularySize => runner.VocabularySize;

        public int MaxPositions => runner.MaxPositions;

        public int BlockSize => runner.BlockSize;

        public int BlockCapacity => runner.BlockCapacity;

        public bool MixesPhases => runner.MixesPhases;

        public IPictureFeatures BeginPicture(ImageInputs image) => runner.BeginPicture(image);

        public void CopyBlock(int source, int target) => runner.CopyBlock(source, target);

        public string Device => runner.Device;

        public string Precision => runner.Precision;

        public int Largest { get; private set; }

        public int Recomputed { get; private set; }

        /// <summary>Bytes that the engine thread had allocated when it entered each full decode step.</summary>
        public List<long> Allocated { get; } = new(1000);

        public void Forward(Batch batch, Span<float> logits, CancellationToken cancellationToken)
        {
            Watch(batch);
            runner.Forward(batch, logits, cancellationToken);
        }

        public void Dispose() => runner.Dispose();

        protected void Watch(Batch batch)
        {
            Largest = Math.Max(Largest, batch.Sequences.Count);
            if (batch.Phase == Phase.Decode && batch.Sequences.Count == 2)
                Allocated.Add(GC.GetAllocatedBytesForCurrentThread());
            if (batch.Phase == Phase.Prefill)
                for (var i = 0; i < batch.Sequences.Count; i++)
                    if (batch.Sequences[i].TokenIds.Count > batch.Sequences[i].PromptLength) Recomputed++;
        }
    }

    /// <summary>The same of one that chooses tokens itself.</summary>
    private sealed class CountingSampling(ISamplingRunner runner) : Counting(runner), ISamplingRunner
    {
        public void Sample(
            Batch batch, ReadOnlySpan<TokenChoice> choices, Span<int> tokenIds, CancellationToken cancellationToken)
        {
            Watch(batch);
            runner.Sample(batch, choices, tokenIds, cancellationToken);
        }
    }
}
