using System.Diagnostics;
using Molmo.Demo.Inference.Engine;

namespace Molmo.Demo.Server.Chat;

/// <summary>Answers from the engine of this process: queue, prompt, tokens.</summary>
internal sealed class EngineAnswers(IAnsweringModel model, MolmoOptions options, TimeProvider time) : IAnswerSource
{
    /// <summary>
    /// Text is handed on at most this often, so that a fast model does not cost its readers a message a token.
    /// </summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(30);

    private readonly Admission _admission = new(options.MaxSequences, time);

    public bool OutlivesProcess => false;

    public ReuseStatistics? Reuse => model.Reuse;

    public void ThrowIfUnavailable(string? checkpoint)
    {
        if (checkpoint is not null) model.ThrowIfUnavailable(checkpoint);
        else if (model.HasFailed) throw new ChatRefusedException(ChatFault.Unavailable, model.Trouble!);
    }

    public ContextFit? Fit(Assignment assignment) => model.Fit(assignment);

    public double? EstimateSeconds(int ahead) => _admission.EstimateSeconds(ahead);

    public Task<QueueStatus> GetStatusAsync(CancellationToken cancellationToken)
    {
        var trouble = model.Trouble;
        return Task.FromResult(new QueueStatus(
            _admission.Running, _admission.Waiting, _admission.EstimateSeconds(), Ready: trouble is null, trouble,
            model.Progress)
        {
            Checkpoints = model.Checkpoints,
            Knows = model.Knows,
        });
    }

    public Task LookAsync(AwaitedPhoto photo, CancellationToken cancellationToken)
        => model.LookAsync(photo, cancellationToken);

    public async Task<EndReason> WriteAsync(Assignment assignment, AnswerWriter answer, CancellationToken stop)
    {
        using var ticket = _admission.Enter(assignment.Visitor);
        await foreach (var ahead in ticket.WaitAsync(stop))
            answer.Report(new Queued(0, ahead, _admission.EstimateSeconds(ahead)));
        answer.Progress.Admit();

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(TimeSpan.FromSeconds(options.FirstTokenSeconds));
        try
        {
            var prepared = await model.PrepareAsync(assignment, limit.Token);
            answer.Progress.Prepared(prepared.PromptTokens, prepared.PreprocessMs);
            var notes = NotesOn(prepared, assignment.OmittedTurns);
            answer.Report([new Started(0, prepared.Stamp, prepared.Sent), .. notes]);
            return await WriteTextAsync(answer, prepared.Updates, limit);
        }
        catch (EngineException e) when (e.Fault == EngineFault.DeviceLost)
        {
            // The program starts again: as after any restart, what is written is the answer.
            return EndReason.Interrupted;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested && limit.IsCancellationRequested)
        {
            if (answer.Progress.AnswerTokens > 0) return EndReason.Length;
            throw new ChatRefusedException(ChatFault.Unavailable, new ModelSilent(options.FirstTokenSeconds));
        }
    }

    private async Task<EndReason> WriteTextAsync(
        AnswerWriter answer, IAsyncEnumerable<GenerationUpdate> updates, CancellationTokenSource limit)
    {
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
                    answer.Progress.AddToken();
                    if (answer.Progress.AnswerTokens == 1)
                        limit.CancelAfter(TimeSpan.FromSeconds(options.AnswerSeconds));
                }
                pending += update.Text;
                if (update.Finish is not { } finish) continue;
                HandOn();
                return finish == FinishReason.EndToken ? EndReason.Finished : EndReason.Length;
            }
        }
        finally
        {
            if (tokens.Count > 0) HandOn();
        }
        throw new InvalidOperationException("The engine ended an answer without saying why.");

        void HandOn()
        {
            answer.Write(pending, tokens);
            tokens.Clear();
            pending = "";
            handedOn = Stopwatch.GetTimestamp();
        }
    }

    private static IEnumerable<GenerationEvent> NotesOn(PreparedAnswer answer, int omitted)
    {
        if (answer.CropWarning is { } warning) yield return Note(NoteCode.ManyCrops, warning);
        if (answer.UnsentTurns is > 0 and var unsent)
            yield return Note(NoteCode.HistoryShortened, new OldestLeftOut(unsent));
        if (omitted > 0) yield return Note(NoteCode.HistoryShortened, new OtherPhotosLeftOut(omitted));
        foreach (var unknown in answer.Unknown ?? []) yield return Note(NoteCode.Asked, unknown);

        static Noted Note(NoteCode code, Fact fact) => new(0, code, "") { Fact = fact };
    }
}
