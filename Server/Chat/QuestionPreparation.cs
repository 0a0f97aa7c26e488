using System.Diagnostics;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Server.Hosting;
using Molmo.Demo.Server.Images;

namespace Molmo.Demo.Server.Chat;

/// <summary>From a question to the engine's input, with the checkpoint of this process that it asks: picture, crops, prompt.</summary>
internal sealed class QuestionPreparation(Checkpoints checkpoints, PictureAccess pictures)
{
    private readonly EngineHost _first = checkpoints.First;

    public AnsweringModel Model => new(
        PrepareAsync,
        () => _first.Trouble ?? (_first.IsReady ? null : _first.Doing),
        () => _first.Trouble is not null,
        () => _first.Progress)
    {
        CheckFit = assignment =>
        {
            if (Asked(assignment) is { IsReady: true } engine) ContextFit.Of(engine.Loaded.Result, assignment).ThrowUnlessAgreed(assignment.Prompt);
        },
        CheckCheckpoint = Check,
        Checkpoints = () => checkpoints.Statuses,
    };

    private EngineHost Asked(Assignment assignment)
        => checkpoints.Find(assignment.Prompt.Checkpoint) ?? throw QuestionRules.UnknownCheckpoint(assignment.Prompt.Checkpoint!);

    private void Check(string name)
    {
        var engine = checkpoints.Find(name) ?? throw QuestionRules.UnknownCheckpoint(name);
        if (engine == _first && engine.Trouble is { } trouble) throw new ChatRefusedException(ChatFault.Unavailable, trouble);
        if (engine == _first || engine.IsReady) return;
        // Waiting for it would hold a place in the queue that answers of the first need.
        throw engine.Trouble is not null
            ? new ChatRefusedException(ChatFault.Unavailable, new CheckpointFailed(name))
            : new ChatRefusedException(ChatFault.Unavailable, new CheckpointNotReady(name), TimeSpan.FromSeconds(10));
    }

    private async Task<PreparedAnswer> PrepareAsync(Assignment assignment, CancellationToken cancellationToken)
    {
        var model = await Asked(assignment).Loaded.WaitAsync(cancellationToken);
        var fit = ContextFit.Of(model, assignment);
        fit.ThrowUnlessAgreed(assignment.Prompt);
        // Cutting a large photo takes a while of pure computing: not on a thread that others wait for.
        var (inputs, preprocessMs) = await Task.Run(() => PreprocessAsync(model, assignment, cancellationToken), cancellationToken);
        var earlier = model.IsSingleTurn ? [] : assignment.History[fit.FirstTurn..].Select(turn => new PromptTurn(turn.Question, turn.Answer)).ToList();
        var prompt = model.Prompts.Build(earlier, PromptStyle.Apply(assignment.Prompt.Style, assignment.Text), inputs);
        var written = assignment.Written is { } before ? model.Prompts.Continue(before.Text, before.Tokens) : [];
        var sampling = assignment.Sampling;
        var options = new SamplingOptions(sampling.Temperature, sampling.TopK, sampling.TopP, sampling.Seed ?? 0);
        var updates = model.Engine.GenerateAsync(new GenerationRequest(prompt, options, model.EndTokenIds, sampling.MaxTokens, written), cancellationToken);
        var sent = inputs is null ? null : new SentImage(inputs.SourceWidth, inputs.SourceHeight, inputs.CropCount, inputs.ImageTokenIds.Length);
        return new PreparedAnswer(
            model.Stamp(sampling, assignment.Prompt, inputs?.CropCount), sent, prompt.TokenIds.Length, fit.DropOldest, preprocessMs, updates,
            model.WarnOfCrops(assignment.Prompt, inputs?.CropCount));
    }

    private async Task<(ImageInputs? Inputs, double Ms)> PreprocessAsync(LoadedModel model, Assignment assignment, CancellationToken cancellationToken)
    {
        if (assignment.Image is not { } image) return (null, 0);
        var began = Stopwatch.GetTimestamp();
        try
        {
            var pixels = await pictures.Load(assignment.Visitor, image, cancellationToken)
                ?? throw new ChatRefusedException(ChatFault.Unknown, new PhotoRemoved());
            var asked = assignment.Region?.PixelsOf(pixels.Width, pixels.Height) is var (left, top, width, height) ? pixels.Crop(left, top, width, height) : pixels;
            var inputs = model.Preprocessor.Process(asked, model.CropsFor(assignment.Prompt), cancellationToken);
            return (inputs, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        catch (ImageRefusedException e)
        {
            throw new ChatRefusedException(ChatFault.Unavailable, e.Fact);
        }
    }
}
