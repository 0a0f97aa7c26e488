using System.Collections.Concurrent;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Preprocessing;
using static Molmo.Demo.Inference.Tests.Engine.EngineDriver;

namespace Molmo.Demo.Inference.Tests.Engine;

/// <summary>
/// What was computed once is found again, and no answer is another for it: the scripted network's answers depend on
/// every position that it reads back through the block tables, pictures included.
/// </summary>
public sealed class EngineReuseTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Generate_FollowUp_ComputesOnlyTheNewTurn()
    {
        var runner = new ScriptedRunner();
        await using var engine = Start(runner);
        var prompt = Prompt(1, 30);
        var first = await engine.AnswerAsync(Request(prompt, 9), Token);
        var before = runner.Computed;
        int[] followUp = [.. prompt, .. first.Tokens, 7, 8, 9];
        var second = await engine.AnswerAsync(Request(followUp, 1), Token);

        // The last token of the first answer was never a position: nothing had to follow it.
        Assert.Equal(4, runner.Computed - before);
        Assert.Equal(30 + 8, engine.Reuse.ReusedPositions);
        Assert.Equal((await AloneAsync(Request(followUp, 1))).Tokens, second.Tokens);
    }

    [Fact]
    public async Task Generate_AnotherQuestionAboutTheSamePhoto_FindsPictureAndBeginning()
    {
        var runner = new ScriptedRunner();
        await using var engine = Start(runner);
        await engine.AnswerAsync(About(Picture(3), 5, 6), Token);
        var before = runner.Computed;
        // The same photo, cut anew.
        var second = await engine.AnswerAsync(About(Picture(3), 8, 9), Token);

        Assert.Single(runner.Pictures);
        // The question, and the answer but for its last token.
        Assert.Equal(2 + 7, runner.Computed - before);
        Assert.Equal((await AloneAsync(About(Picture(3), 8, 9))).Tokens, second.Tokens);
    }

    [Fact]
    public async Task Generate_OtherPhotoOfTheSameShape_FindsNothing()
    {
        await using var engine = Start(new ScriptedRunner());
        var first = await engine.AnswerAsync(About(Picture(3), 5, 6), Token);
        var second = await engine.AnswerAsync(About(Picture(4), 5, 6), Token);
        Assert.Equal(0, engine.Reuse.ReusedPositions);
        Assert.NotEqual(first.Tokens, second.Tokens);
        Assert.Equal((await AloneAsync(About(Picture(4), 5, 6))).Tokens, second.Tokens);
    }

    [Fact]
    public async Task Generate_ManyAtOnceAboutFewPhotos_EqualsOneByOne()
    {
        var requests = Enumerable.Range(0, 24).Select(i =>
            About(Picture(i % 3), [.. Enumerable.Range(0, 1 + (i % 5)).Select(k => (i % 2) + k)]) with
            {
                MaxTokens = 6 + (i % 11),
                Sampling = new SamplingOptions(i % 2, Seed: i % 4),
                Visitor = $"{i % 5}",
                Isolation = i % 7 == 0 ? $"{i}" : null,
            }).ToArray();
        var expected = new List<int[]>();
        foreach (var request in requests) expected.Add((await AloneAsync(request)).Tokens);

        // Room for some three of them, so that blocks are given away and answers preempted all the time.
        var runner = new ScriptedRunner(blockCapacity: 28);
        await using var engine = Start(runner, maxSequences: 6);
        for (var round = 0; round < 5; round++)
        {
            var answers = await Task.WhenAll(requests.Select(request => engine.AnswerAsync(request, Token)));
            Assert.Equal(expected, answers.Select(answer => answer.Tokens));
        }

        Assert.True(engine.Reuse.ReusedPositions > 500, "Nothing was shared: the test tests nothing.");
        Assert.Equal(28, engine.Statistics.FreeBlocks);
    }

    [Fact]
    public async Task Generate_Stopped_LeavesWhatWasComputedForOthers()
    {
        var runner = new ScriptedRunner();
        await using var engine = Start(runner);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await foreach (var update in engine.GenerateAsync(About(Picture(3), 5, 6) with { MaxTokens = 100 }, stop.Token))
        {
            if (update.TokenId is not null) break;
        }

        await engine.UntilAsync(s => s is { Running: 0, Waiting: 0 }, Token);
        var second = await engine.AnswerAsync(About(Picture(3), 5, 6), Token);
        Assert.True(engine.Reuse.ReusedPositions > 0);
        Assert.Equal((await AloneAsync(About(Picture(3), 5, 6))).Tokens, second.Tokens);
    }

    [Fact]
    public async Task Generate_FailedPass_LeavesNothingToOthers()
    {
        var runner = new ScriptedRunner();
        await using var engine = Start(runner);
        runner.Changing = (_, logits) => logits[3] = float.NaN;
        await Assert.ThrowsAsync<EngineException>(() => engine.AnswerAsync(Request(Prompt(1, 30), 9), Token));
        runner.Changing = null;
        var answer = await engine.AnswerAsync(Request(Prompt(1, 30), 9), Token);
        Assert.Equal(0, engine.Reuse.ReusedPositions);
        Assert.Equal((await AloneAsync(Request(Prompt(1, 30), 9))).Tokens, answer.Tokens);
    }

    [Fact]
    public async Task Generate_WithIsolation_SharesWithItsOwnOnlyUntilForgotten()
    {
        var runner = new ScriptedRunner();
        await using var engine = Start(runner);
        var secret = About(Picture(3), 5, 6) with { Isolation = "secret" };
        await engine.AnswerAsync(secret, Token);
        await engine.AnswerAsync(About(Picture(3), 5, 6), Token);
        Assert.Equal(0, engine.Reuse.ReusedPositions);
        Assert.Equal(2, runner.Pictures.Count);
        await engine.AnswerAsync(secret, Token);
        var reused = engine.Reuse.ReusedPositions;
        Assert.True(reused > 0);

        engine.Forget("secret");
        await engine.AnswerAsync(secret, Token);
        Assert.Equal(reused, engine.Reuse.ReusedPositions);
        Assert.Equal(3, runner.Pictures.Count);
        Assert.True(runner.Pictures[0].IsDisposed);
    }

    [Fact]
    public async Task ForgetPicture_Known_GivesUpWhatAllHaveOfItAndNothingElse()
    {
        var runner = new ScriptedRunner();
        await using var engine = Start(runner);
        await engine.AnswerAsync(About(Picture(4), 5, 6), Token);
        await engine.AnswerAsync(About(Picture(3), 5, 6) with { Isolation = "secret" }, Token);
        await engine.AnswerAsync(Request(Prompt(1, 30), 3), Token);
        var others = engine.Reuse;
        await engine.AnswerAsync(About(Picture(3), 5, 6), Token);
        Assert.True(engine.Reuse.KeptBlocks > others.KeptBlocks);

        engine.ForgetPicture(Picture(3).ContentKey);
        await engine.UntilAsync(_ => engine.Reuse.Pictures == others.Pictures, Token);
        Assert.Equal(
            (others.KeptBlocks, others.PictureBytes), (engine.Reuse.KeptBlocks, engine.Reuse.PictureBytes));
        Assert.Equal([false, false, true], runner.Pictures.Select(picture => picture.IsDisposed));
        await engine.AnswerAsync(About(Picture(3), 5, 6), Token);
        Assert.Equal(0, engine.Reuse.ReusedPositions);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Forget_WhileItsAnswerOrLookGoesOn_LeavesNothingAfterwards(bool isAsked)
    {
        using var looking = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        var runner = new ScriptedRunner
        {
            Looking = _ =>
            {
                looking.Release();
                Assert.True(goOn.Wait(Guard));
            },
        };
        await using var engine = Start(runner);
        var work = isAsked
            ? engine.AnswerAsync(About(Picture(3), 5, 6), Token)
            : engine.PrepareAsync(Beginning(Picture(3)), null, Token);
        Assert.True(await looking.WaitAsync(Guard, Token));
        engine.ForgetPicture(Picture(3).ContentKey);
        goOn.Release(50);
        await work;
        // Asked for after it was forgotten: that is another photo of the same content.
        await engine.UntilAsync(_ => engine.Reuse is { KeptBlocks: 0, Pictures: 0, PictureBytes: 0 }, Token);
        await engine.AnswerAsync(About(Picture(3), 5, 6), Token);
        await engine.UntilAsync(_ => engine.Reuse is { KeptBlocks: > 0, Pictures: 1 }, Token);
    }

    [Fact]
    public async Task Prepare_BeforeTheQuestion_LeavesItsTurnOnly()
    {
        var runner = new ScriptedRunner();
        await using var engine = Start(runner);
        var question = About(Picture(3), 5, 6);
        await engine.PrepareAsync(Beginning(Picture(3)), null, Token);
        Assert.Single(runner.Pictures);
        var before = runner.Computed;
        var answer = await engine.AnswerAsync(question with { MaxTokens = 1 }, Token);
        Assert.Equal(2, runner.Computed - before);
        Assert.Single(runner.Pictures);
        Assert.Equal((await AloneAsync(question)).Tokens[..1], answer.Tokens);
    }

    [Fact]
    public async Task Prepare_Cancelled_GivesThePictureUp()
    {
        using var looking = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        var runner = new ScriptedRunner
        {
            Looking = _ =>
            {
                looking.Release();
                Assert.True(goOn.Wait(Guard));
            },
        };
        await using var engine = Start(runner);
        using var removed = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var ahead = engine.PrepareAsync(Beginning(Picture(3, crops: 50)), null, removed.Token);
        Assert.True(await looking.WaitAsync(Guard, Token));
        await removed.CancelAsync();
        goOn.Release(50);
        await ahead;
        await engine.AnswerAsync(Request(Prompt(1), 3), Token);
        Assert.True(runner.Pictures[0].IsDisposed);
        Assert.InRange(runner.Pictures[0].Steps, 1, 49);
        Assert.Equal(64, engine.Statistics.FreeBlocks);
        Assert.Equal((0, 0L), (engine.Reuse.Pictures, engine.Reuse.PictureBytes));
    }

    [Fact]
    public async Task Prepare_OthersAsk_TheyGoFirst()
    {
        var order = new ConcurrentQueue<string>();
        using var gate = new ManualResetEventSlim();
        var runner = new ScriptedRunner
        {
            Looking = picture =>
            {
                Assert.True(gate.Wait(Guard, CancellationToken.None));
                order.Enqueue(picture.Image.Patches[0] == 3 ? "ahead" : "asked");
            },
            Entering = (batch, _) => order.Enqueue($"{batch.Sequences.Count}"),
        };
        await using var engine = Start(runner);
        var ahead = engine.PrepareAsync(Beginning(Picture(3, crops: 20)), null, Token);
        await engine.UntilAsync(_ => engine.Reuse.Pictures == 1, Token);
        var asked = engine.AnswerAsync(About(Picture(4, crops: 20), 1, 2) with { MaxTokens = 20 }, Token);
        await engine.UntilAsync(s => s.Running + s.Waiting == 1, Token);
        gate.Set();
        await asked;
        await ahead;

        // One step of the first was under way.
        string[] steps = [.. order];
        Assert.InRange(Array.LastIndexOf(steps, "asked"), 19, 21);
        Assert.Equal(19, steps.Skip(Array.LastIndexOf(steps, "asked")).Count(step => step == "ahead"));
        Assert.True(Array.LastIndexOf(steps, "ahead") > Array.LastIndexOf(steps, "asked") + 19);
    }

    [Theory]
    [InlineData(200, 1, 10, 30)]
    [InlineData(5, 100, 1, 9)]
    public async Task Generate_PictureOfAnotherMeanwhile_TakesShortTurnsOnlyWhereAnAnswerGoesOn(
        int promptLength, int maxTokens, int least, int most)
    {
        var order = new ConcurrentQueue<bool>();
        using var gate = new ManualResetEventSlim();
        var runner = new ScriptedRunner
        {
            Looking = _ =>
            {
                // Nine such steps fit beside an answer, more than the picture has where there is none.
                Thread.Sleep(20);
                order.Enqueue(true);
            },
            Entering = (batch, _) =>
            {
                Assert.True(gate.Wait(Guard, CancellationToken.None));
                Thread.Sleep(2 * batch.Sequences.Sum(sequence => sequence.PassEnd - sequence.ComputedCount));
                order.Enqueue(false);
            },
        };
        await using var engine = Start(runner);
        var first = engine.AnswerAsync(Request(Prompt(1, promptLength), maxTokens) with { Visitor = "one" }, Token);
        var second = engine.AnswerAsync(About(Picture(3, crops: 30), 1, 2) with { Visitor = "other" }, Token);
        await engine.UntilAsync(s => s.Running + s.Waiting == 2, Token);
        gate.Set();
        await first;
        await second;

        Assert.InRange(order.SkipWhile(isLook => !isLook).TakeWhile(isLook => isLook).Count(), least, most);
    }

    [Fact]
    public async Task Prepare_QuestionComesMeanwhile_TakesThePictureAsFarAsItIs()
    {
        var runner = new ScriptedRunner { Looking = _ => Thread.Sleep(5) };
        await using var engine = Start(runner);
        using var removed = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var ahead = engine.PrepareAsync(Beginning(Picture(3, crops: 20)), null, removed.Token);
        await engine.UntilAsync(_ => engine.Reuse.Pictures == 1, Token);
        var asked = engine.AnswerAsync(About(Picture(3, crops: 20), 1, 2), Token);
        await engine.UntilAsync(s => s.Running == 1, Token);
        await removed.CancelAsync();
        await ahead;
        Assert.Equal((await AloneAsync(About(Picture(3, crops: 20), 1, 2))).Tokens, (await asked).Tokens);
        Assert.Single(runner.Pictures);
        Assert.Equal(20, runner.Pictures[0].Steps);
    }

    [Fact]
    public async Task Prepare_TooLongOrFailing_EndsWithoutHarm()
    {
        var runner = new ScriptedRunner { Looking = _ => throw new InvalidOperationException("broken") };
        await using var engine = Start(runner);
        await engine.PrepareAsync(Beginning(Picture(3)), null, Token);
        await engine.PrepareAsync(new Prompt(new int[300], Picture(3)), null, Token);
        var failure = await Assert.ThrowsAsync<EngineException>(
            () => engine.AnswerAsync(About(Picture(3), 1), Token));
        Assert.Equal(EngineFault.ModelFailed, failure.Fault);
        Assert.Equal(5, (await engine.AnswerAsync(Request(Prompt(1), 5), Token)).Tokens.Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Generate_PictureThatCannotBeBegun_FailsThatQuestionOnly(bool isMemory)
    {
        var runner = new ScriptedRunner
        {
            Beginning = image =>
            {
                if (image.Patches[0] != 3) return;
                throw isMemory ? new DeviceMemoryException("full") : new ArgumentException("cut for another network");
            },
        };
        await using var engine = Start(runner);
        var healthy = engine.AnswerAsync(About(Picture(4), 1) with { MaxTokens = 60 }, Token);
        var failure = await Assert.ThrowsAsync<EngineException>(() => engine.AnswerAsync(About(Picture(3), 1), Token));
        Assert.Equal(isMemory ? EngineFault.OutOfMemory : EngineFault.ModelFailed, failure.Fault);
        await engine.PrepareAsync(Beginning(Picture(3)), null, Token);
        Assert.Equal(60, (await healthy).Tokens.Length);
        Assert.False(engine.Ended.IsCompleted);
        Assert.Equal(64, engine.Statistics.FreeBlocks);
        // The other photo's may have been given up for want of memory.
        Assert.InRange(engine.Reuse.Pictures, 0, 1);
    }

    [Fact]
    public async Task Generate_MorePhotosThanThereIsRoomFor_KeepsTheNewest()
    {
        var runner = new ScriptedRunner(blockCapacity: 9);
        await using var engine = new InferenceEngine(runner, Tokenizer, 1, pictureBytes: 250);
        for (var i = 0; i < 5; i++) await engine.AnswerAsync(About(Picture(i), 1), Token);
        Assert.Equal((2, 200L), (engine.Reuse.Pictures, engine.Reuse.PictureBytes));
        Assert.Equal([true, true, true, false, false], runner.Pictures.Select(picture => picture.IsDisposed));
        await engine.AnswerAsync(About(Picture(0), 1), Token);
        Assert.Equal(6, runner.Pictures.Count);
    }

    private static async Task<(int[] Tokens, FinishReason? Finish)> AloneAsync(GenerationRequest request)
    {
        await using var engine = Start(new ScriptedRunner(), maxSequences: 1);
        return await engine.AnswerAsync(request, Token);
    }

    private static GenerationRequest About(ImageInputs picture, params int[] question)
    {
        var beginning = Beginning(picture);
        return Request([.. beginning.TokenIds, .. question], 8) with
        {
            Prompt = beginning with { TokenIds = [.. beginning.TokenIds, .. question] },
        };
    }

    private static Prompt Beginning(ImageInputs picture) => new([1, .. picture.ImageTokenIds, 2], picture);

    /// <summary>A picture of four features a crop at most, sixteen tokens.</summary>
    private static ImageInputs Picture(int content, int crops = 2) => new()
    {
        SourceWidth = 1,
        SourceHeight = 1,
        Tiling = new Tiling(1, crops - 1),
        CropCount = crops,
        PatchCount = 8,
        PatchSize = 1,
        TokensPerCrop = 4,
        Patches = [.. Enumerable.Range(0, crops * 8).Select(i => content + (i / 100f))],
        Masks = new float[crops * 8],
        ImageTokenPositions = [.. Enumerable.Range(0, crops * 4).Select(i => i < 16 ? 1 + i : -100)],
        ImageTokenIds = [.. Enumerable.Range(0, 16).Select(_ => 9)],
    };
}
