using System.Collections.Concurrent;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Server.Chat;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>
/// Stands in for the model below <see cref="EngineAnswers"/>: says what a test wants, step by step, and counts its
/// steps.
/// </summary>
internal sealed class ScriptedModel : IAnsweringModel
{
    private int _running;
    private int _looking;
    private int _steps;
    private int _mostRunning;

    /// <summary>Pieces of the answer to a question, one a step.</summary>
    public Func<Assignment, IEnumerable<string>> Script { get; set; } = _ => ["One ", "two ", "three."];

    /// <summary>Awaited before each step.</summary>
    public Func<CancellationToken, Task> BeforeStep { get; set; } = _ => Task.CompletedTask;

    public Fact? Trouble { get; set; }

    public bool HasFailed { get; set; }

    public int UnsentTurns { get; set; }

    public Fact? CropWarning { get; set; }

    /// <summary>Thrown where the prompt would be built.</summary>
    public Exception? PrepareFault { get; set; }

    /// <summary>Asked when a question is accepted.</summary>
    public Action<Assignment> CheckFit { get; set; } = _ => { };

    /// <summary>Questions in the order the model was given them.</summary>
    public ConcurrentQueue<Assignment> Asked { get; } = new();

    /// <summary>Photos that were looked at before a question.</summary>
    public ConcurrentQueue<AwaitedPhoto> Looked { get; } = new();

    /// <summary>Awaited by each look.</summary>
    public Func<CancellationToken, Task> BeforeLook { get; set; } = _ => Task.CompletedTask;

    /// <summary>Looks that have not ended.</summary>
    public int Looking => _looking;

    public int Running => _running;

    public int MostRunning => _mostRunning;

    public int Steps => _steps;

    /// <summary>Names of two checkpoints that it answers for; null for one.</summary>
    public IReadOnlyList<CheckpointStatus>? Checkpoints { get; set; }

    public Knowledge? Knows { get; set; }

    public ModelProgress? Progress => null;

    public ContextFit? Fit(Assignment assignment)
    {
        CheckFit(assignment);
        return null;
    }

    public void ThrowIfUnavailable(string checkpoint)
    {
        if (Checkpoints?.Any(known => known.Name == checkpoint) != true)
            throw QuestionRules.UnknownCheckpoint(checkpoint);
    }

    /// <summary>A gate that opens for as many steps as it is released.</summary>
    public SemaphoreSlim HoldSteps()
    {
        var gate = new SemaphoreSlim(0);
        BeforeStep = gate.WaitAsync;
        return gate;
    }

    public Task<PreparedAnswer> PrepareAsync(Assignment assignment, CancellationToken cancellationToken)
    {
        Asked.Enqueue(assignment);
        if (PrepareFault is { } fault) throw fault;
        var stamp = new EngineStamp("scripted", "0", "float32", new EarlierWords("script"), "1", assignment.Sampling);
        var sent = assignment.Image is { } image ? new SentImage(image.Width, image.Height, 2, 10) : null;
        return Task.FromResult(new PreparedAnswer(
            stamp, sent, 7, UnsentTurns, 1.5, RunAsync(assignment, CancellationToken.None), CropWarning));
    }

    public async Task LookAsync(AwaitedPhoto photo, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _looking);
        Looked.Enqueue(photo);
        try
        {
            await BeforeLook(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _looking);
        }
    }

    private async IAsyncEnumerable<GenerationUpdate> RunAsync(
        Assignment assignment, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var running = Interlocked.Increment(ref _running);
        InterlockedMax(ref _mostRunning, running);
        try
        {
            var token = 0;
            foreach (var piece in Script(assignment))
            {
                await BeforeStep(cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
                Interlocked.Increment(ref _steps);
                yield return new GenerationUpdate(token++, piece, null);
            }
            yield return new GenerationUpdate(
                null, "", token >= assignment.Sampling.MaxTokens ? FinishReason.Length : FinishReason.EndToken);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = target; seen < value;)
        {
            var before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen) return;
            seen = before;
        }
    }
}
