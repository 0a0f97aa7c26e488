using System.Diagnostics;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Server.Hosting;

namespace Molmo.Demo.Server.Chat;

/// <summary>A question ready for the engine.</summary>
/// <param name="Stamp">What will answer.</param>
/// <param name="Sent">What of the picture reaches the model.</param>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="UnsentTurns">Earlier turns that did not fit and were left out as agreed.</param>
/// <param name="PreprocessMs">Time the picture took.</param>
/// <param name="Updates">The engine's steps; begins when enumerated, ends early when its token is cancelled.</param>
/// <param name="CropWarning">What is to be said where the picture was cut in another way than in training; null where not.</param>
internal sealed record PreparedAnswer(
    EngineStamp Stamp, SentImage? Sent, int PromptTokens, int UnsentTurns, double PreprocessMs, IAsyncEnumerable<GenerationUpdate> Updates,
    Fact? CropWarning = null);

/// <summary>The model of this process, as far as answers need it; a second checkpoint shares its queue and nothing else.</summary>
/// <param name="Prepare">Loads and cuts the picture and builds the prompt; waits while the model loads.</param>
/// <param name="Trouble">Why questions cannot be answered: loading (they may wait) or failed. Null where they can.</param>
/// <param name="HasFailed">Whether the trouble is lasting, so that questions are refused.</param>
/// <param name="Progress">How far the model is while it is fetched or loaded.</param>
internal sealed record AnsweringModel(
    Func<Assignment, CancellationToken, Task<PreparedAnswer>> Prepare, Func<Fact?> Trouble, Func<bool> HasFailed, Func<ModelProgress?> Progress)
{
    /// <summary>Refuses what is known not to fit; says nothing while the model loads.</summary>
    public Action<Assignment> CheckFit { get; init; } = _ => { };

    /// <summary>Refuses the name of a checkpoint that is not here, or cannot answer now.</summary>
    public Action<string> CheckCheckpoint { get; init; } = name => throw QuestionRules.UnknownCheckpoint(name);

    /// <summary>Both checkpoints where there are two; null where there is one.</summary>
    public Func<IReadOnlyList<CheckpointStatus>?> Checkpoints { get; init; } = () => null;
}

/// <summary>Answers from the engine of this process: queue, prompt, tokens, markup.</summary>
internal sealed class EngineAnswers(AnsweringModel model, MolmoOptions options, TimeProvider time) : IAnswerSource
{
    /// <summary>Text is handed on at most this often, so that a fast model does not cost its readers a message a token.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(30);

    private readonly Admission _admission = new(options.MaxSequences, time);

    public bool OutlivesProcess => false;

    public void ThrowIfUnavailable(string? checkpoint)
    {
        if (checkpoint is not null) model.CheckCheckpoint(checkpoint);
        else if (model.HasFailed()) throw new ChatRefusedException(ChatFault.Unavailable, model.Trouble()!);
    }

    public void ThrowIfTooLong(Assignment assignment) => model.CheckFit(assignment);

    public double? EstimateSeconds(int ahead) => _admission.EstimateSeconds(ahead);

    public Task<QueueStatus> GetStatusAsync(CancellationToken cancellationToken)
    {
        var trouble = model.Trouble();
        return Task.FromResult(new QueueStatus(_admission.Running, _admission.Waiting, _admission.EstimateSeconds(), trouble is null, trouble, model.Progress())
        {
            Checkpoints = model.Checkpoints(),
        });
    }

    public async Task WriteAsync(GenerationJob job)
    {
        using var ticket = _admission.Enter(job.Assignment.Visitor);
        await foreach (var ahead in ticket.WaitAsync(job.Stop.Token))
            job.Journal.Append(new Queued(0, ahead, _admission.EstimateSeconds(ahead)));
        job.Progress.Admit();

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(job.Stop.Token);
        limit.CancelAfter(TimeSpan.FromSeconds(options.FirstTokenSeconds));
        try
        {
            var answer = await model.Prepare(job.Assignment, limit.Token);
            job.Progress.Prepared(answer.PromptTokens, answer.PreprocessMs);
            job.Journal.Append([new Started(0, answer.Stamp, answer.Sent), .. NotesOn(answer, job.Assignment.OmittedTurns)]);
            await WriteTextAsync(job, answer.Updates, limit);
        }
        catch (EngineException e) when (e.Fault == EngineFault.DeviceLost)
        {
            // The program starts again: as after any restart, what is written is the answer.
            job.Close(EndReason.Interrupted);
        }
        catch (OperationCanceledException) when (!job.Stop.IsRequested && limit.IsCancellationRequested)
        {
            if (job.Progress.AnswerTokens > 0) job.Close(EndReason.Length);
            else
                throw new ChatRefusedException(ChatFault.Unavailable, new ModelSilent(options.FirstTokenSeconds));
        }
    }

    private async Task WriteTextAsync(GenerationJob job, IAsyncEnumerable<GenerationUpdate> updates, CancellationTokenSource limit)
    {
        var markup = new MarkupEvents(job.Assignment.Region);
        // What was written before is in the journal already; the parser goes on where it stood, inside a tag or not.
        if (job.Assignment.Written is { } written) markup.Append(written.Text);
        var pending = "";
        var tokens = new List<int>();
        var handedOn = 0L;
        await using var steps = updates.GetAsyncEnumerator(limit.Token);
        try
        {
            while (true)
            {
                var step = steps.MoveNextAsync().AsTask();
                if (pending.Length > 0 && !step.IsCompleted)
                {
                    var wait = Pace - Stopwatch.GetElapsedTime(handedOn);
                    if (wait > TimeSpan.Zero) await Task.WhenAny(step, Task.Delay(wait, CancellationToken.None));
                    if (!step.IsCompleted) HandOn();
                }
                if (!await step) break;
                var update = steps.Current;
                if (update.TokenId is { } token)
                {
                    tokens.Add(token);
                    job.Progress.AddToken();
                    if (job.Progress.AnswerTokens == 1) limit.CancelAfter(TimeSpan.FromSeconds(options.AnswerSeconds));
                }
                pending += update.Text;
                if (update.Finish is not { } finish) continue;
                HandOn();
                job.Journal.Append(markup.Complete());
                job.End(finish == FinishReason.EndToken ? EndReason.Finished : EndReason.Length);
                return;
            }
        }
        finally
        {
            if (tokens.Count > 0) HandOn();
        }
        throw new InvalidOperationException("The engine ended an answer without saying why.");

        void HandOn()
        {
            job.Journal.Append(markup.Append(pending), pending, tokens);
            tokens.Clear();
            pending = "";
            handedOn = Stopwatch.GetTimestamp();
        }
    }

    private static IEnumerable<GenerationEvent> NotesOn(PreparedAnswer answer, int omitted)
    {
        if (answer.CropWarning is { } warning) yield return Note(NoteCode.ManyCrops, warning);
        if (answer.UnsentTurns is > 0 and var unsent) yield return Note(NoteCode.HistoryShortened, new OldestLeftOut(unsent));
        if (omitted > 0) yield return Note(NoteCode.HistoryShortened, new OtherPhotosLeftOut(omitted));

        static Noted Note(NoteCode code, Fact fact) => new(0, code, "") { Fact = fact };
    }
}
