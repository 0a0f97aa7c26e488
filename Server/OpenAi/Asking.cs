using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Server.Web.Metrics;

namespace Molmo.Demo.Server.OpenAi;

/// <summary>A program's question, checked.</summary>
/// <param name="Question">The words.</param>
/// <param name="History">Earlier turns, oldest first.</param>
/// <param name="Picture">The file as it came; null without one.</param>
/// <param name="Sampling">How tokens are chosen.</param>
/// <param name="Prompt">Style and crops; null for the usual.</param>
/// <param name="Stop">Sequences before which the text ends.</param>
/// <param name="Keep">Whether conversation and picture stay with the caller.</param>
internal sealed record Ask(
    string Question, ImmutableArray<Turn> History, byte[]? Picture, SamplingChoice Sampling, PromptChoice? Prompt,
    IReadOnlyList<string> Stop, bool Keep)
{
    /// <summary>The same, asked of a checkpoint; null for the first.</summary>
    public Ask With(string? checkpoint)
        => checkpoint is null
            ? this
            : this with { Prompt = (Prompt ?? PromptChoice.Plain) with { Checkpoint = checkpoint } };
}

/// <summary>A program's question that was accepted.</summary>
internal sealed record Asked(VisitorId Visitor, GenerationId Id, ConversationId Conversation, Ask Ask, long Created);

/// <summary>
/// Asks for programs, within the same limits and through the same queue as pages. Unless it is to be kept, question,
/// answer and picture are deleted as soon as the answer is over.
/// </summary>
internal sealed class Asking(
    GenerationService service, Intake intake, ImageStore images, PassingQuestions passing, ImageOptions options,
    MolmoMetrics metrics, TimeProvider time, ILogger<Asking> log)
{
    private readonly PhotoCount _photos = new(time, options.UploadsPerMinute);

    /// <exception cref="ApiException">The model is not ready.</exception>
    /// <exception cref="ChatRefusedException">The question was refused; nothing was kept.</exception>
    /// <exception cref="ImageRefusedException">The picture was refused; nothing was kept.</exception>
    public async Task<Asked> StartAsync(VisitorId visitor, Ask ask, CancellationToken cancellationToken)
    {
        var question = new Question(ConversationId.New(), ask.Question, null, ask.Sampling, ask.History, ask.Prompt);
        QuestionRules.Check(question);
        intake.ThrowIfClosed();
        await ThrowIfNotReadyAsync(ask.Prompt?.Checkpoint, cancellationToken);
        var image = ask.Picture is { } file
            ? await TakeAsync(visitor, file, ask.History.IsEmpty, cancellationToken)
            : null;
        try
        {
            if (!ask.Keep) passing.Add(question.Conversation, visitor, image?.Id);
            var id = await service.StartAsync(visitor, question with { Image = image?.Id }, cancellationToken);
            return new Asked(
                visitor, id, question.Conversation, ask with { Picture = null }, time.GetUtcNow().ToUnixTimeSeconds());
        }
        catch
        {
            await passing.ForgetAsync(question.Conversation, visitor, image?.Id);
            throw;
        }
    }

    /// <summary>Follows the answer to its end, whether or not its program still listens, and then forgets it.</summary>
    public async Task<AnswerCollector> CollectAsync(Asked asked, PointsMode mode)
    {
        try
        {
            var answer = new AnswerCollector(mode, asked.Ask.Stop);
            var isStopping = false;
            await foreach (var entry in service.ReadEntriesAsync(asked.Visitor, asked.Id, 1, CancellationToken.None))
            {
                answer.Add(entry);
                if (!answer.IsStopped || isStopping) continue;
                isStopping = true;
                await service.StopAsync(asked.Visitor, asked.Id, CancellationToken.None);
            }
            return answer;
        }
        finally
        {
            if (!asked.Ask.Keep) await ForgetAsync(asked);
        }
    }

    private async Task ForgetAsync(Asked asked)
    {
        try
        {
            await passing.ForgetAsync(asked.Conversation, asked.Visitor);
        }
        catch (Exception e) when (StorageFault.Of(e) is not null)
        {
            log.LogWarning(e, "What a program asked could not be deleted; the next start does it.");
        }
    }

    private async Task<ImageInfo> TakeAsync(
        VisitorId visitor, byte[] file, bool isFirstTurn, CancellationToken cancellationToken)
    {
        if (!_photos.TryTake(visitor, file, isFirstTurn, out var retryAfter))
            throw ImageRefusals.TooMany(options.UploadsPerMinute, retryAfter);
        var (image, _) = await images.AddAsync(visitor, null, file, "picture", cancellationToken);
        metrics.Uploaded();
        return image;
    }

    private async Task ThrowIfNotReadyAsync(string? checkpoint, CancellationToken cancellationToken)
    {
        var status = await service.GetQueueStatusAsync(cancellationToken);
        var asked = checkpoint is null ? null : status.Checkpoints?.FirstOrDefault(one => one.Name == checkpoint);
        if (asked?.Ready ?? status.Ready) return;
        var progress = asked is null ? status.Progress : asked.Progress;
        var wait = TimeSpan.FromSeconds(Math.Clamp(progress?.SecondsLeft ?? 10, 1, 3600));
        throw new ApiException(StatusCodes.Status503ServiceUnavailable, "model_not_ready", progress is null
            ? status.Fact is { } fact ? ProgramWords.Of(fact) : "The model is not ready."
            : "The model is not ready yet. Ask again when /ready says so.", null, wait);
    }
}
