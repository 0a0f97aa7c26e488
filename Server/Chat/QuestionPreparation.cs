using System.Diagnostics;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Server.Hosting;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Server.Chat;

/// <summary>From a question to the engine's input, with the model of this process: picture, crops, prompt.</summary>
internal sealed class QuestionPreparation(EngineHost engine, PictureAccess pictures)
{
    public AnsweringModel Model => new(
        PrepareAsync,
        () => engine.Trouble ?? (engine.IsReady ? null : engine.Doing),
        () => engine.Trouble is not null);

    private async Task<PreparedAnswer> PrepareAsync(Assignment assignment, CancellationToken cancellationToken)
    {
        var model = await engine.Loaded.WaitAsync(cancellationToken);
        // Cutting a large photo takes a while of pure computing: not on a thread that others wait for.
        var (inputs, preprocessMs) = await Task.Run(() => PreprocessAsync(model, assignment, cancellationToken), cancellationToken);
        var (prompt, unsent) = FitPrompt(model, assignment, inputs);
        var written = assignment.Written is { } before ? model.Prompts.Continue(before.Text, before.Tokens) : [];
        var sampling = assignment.Sampling;
        var options = new SamplingOptions(sampling.Temperature, sampling.TopK, sampling.TopP, sampling.Seed ?? 0);
        try
        {
            var updates = model.Engine.GenerateAsync(new GenerationRequest(prompt, options, model.EndTokenIds, sampling.MaxTokens, written), cancellationToken);
            var sent = inputs is null ? null : new SentImage(inputs.SourceWidth, inputs.SourceHeight, inputs.CropCount, inputs.ImageTokenIds.Length);
            return new PreparedAnswer(model.Stamp(sampling), sent, prompt.TokenIds.Length, unsent, preprocessMs, updates);
        }
        catch (EngineException e) when (e.Fault == EngineFault.PromptTooLong)
        {
            if (written.Count > 0)
                throw new ChatRefusedException(ChatFault.TooLong, "This answer is as long as the model can make it. What was written is kept; ask a new question for more.");
            throw new ChatRefusedException(ChatFault.TooLong, inputs is null
                ? "The question is too long for this model. Please shorten it."
                : "The question is too long for this model beside the photo. Please shorten it, or ask about a smaller photo.");
        }
    }

    private async Task<(ImageInputs? Inputs, double Ms)> PreprocessAsync(LoadedModel model, Assignment assignment, CancellationToken cancellationToken)
    {
        if (assignment.Image is not { } image) return (null, 0);
        var began = Stopwatch.GetTimestamp();
        try
        {
            var pixels = await pictures.Load(assignment.Visitor, image, cancellationToken)
                ?? throw new ChatRefusedException(ChatFault.Unknown, "The photo was removed before the answer began. Add it again to ask about it.");
            var inputs = model.Preprocessor.Process(pixels, ct: cancellationToken);
            return (inputs, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        catch (ImageRefusedException e)
        {
            throw new ChatRefusedException(ChatFault.Unavailable, e.Message);
        }
    }

    /// <summary>The prompt with as many of the newest turns as leave room for an answer.</summary>
    private static (Prompt Prompt, int Unsent) FitPrompt(LoadedModel model, Assignment assignment, ImageInputs? inputs)
    {
        List<PromptTurn> turns = model.IsSingleTurn ? [] : [.. assignment.History.Select(turn => new PromptTurn(turn.Question, turn.Answer))];
        var room = model.MaxPositions - Math.Min(assignment.Sampling.MaxTokens, model.MaxPositions / 4);
        var all = Build(0);
        if (all.TokenIds.Length <= room || turns.Count == 0) return (all, 0);
        int tooFew = 0, enough = turns.Count;
        while (enough - tooFew > 1)
        {
            var middle = (tooFew + enough) / 2;
            if (Build(middle).TokenIds.Length <= room) enough = middle;
            else tooFew = middle;
        }
        return (Build(enough), enough);

        Prompt Build(int unsent) => model.Prompts.Build(turns[unsent..], assignment.Text, inputs);
    }
}
