using System.Diagnostics;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Images;

namespace Molmo.Demo.Server.Chat;

/// <summary>From a question to the engine's input: picture, crops, prompt.</summary>
internal sealed class QuestionPreparation(IImageAccess pictures)
{
    /// <exception cref="ChatRefusedException">It does not fit into the model, or its picture is gone.</exception>
    public async Task<PreparedAnswer> PrepareAsync(
        LoadedModel model, Assignment assignment, CancellationToken cancellationToken)
    {
        var fit = assignment.Fit ?? ContextFit.Of(model, assignment);
        fit.ThrowUnlessAgreed(assignment.Prompt);
        // Cutting a large photo takes a while of pure computing: not on a thread that others wait for.
        var (inputs, preprocessMs) =
            await Task.Run(() => PreprocessAsync(model, assignment, cancellationToken), cancellationToken);
        var prompt = model.Prompts.Build(fit.Encoded, fit.FirstTurn, inputs);
        var sampling = assignment.Sampling;
        var options = new SamplingOptions(sampling.Temperature, sampling.TopK, sampling.TopP, sampling.Seed ?? 0);
        var request = new GenerationRequest(prompt, options, model.EndTokenIds, sampling.MaxTokens, fit.Written)
        {
            Visitor = assignment.Visitor.Value,
            Isolation = assignment.IsPrivate ? assignment.Conversation.Value : null,
        };
        var updates = model.Engine.GenerateAsync(request, cancellationToken);
        var sent = inputs is null ? null
            : new SentImage(inputs.SourceWidth, inputs.SourceHeight, inputs.CropCount, inputs.ImageTokenIds.Length);
        return new PreparedAnswer(
            model.Stamp(sampling, assignment.Prompt, inputs?.CropCount), sent, prompt.TokenIds.Length, fit.DropOldest,
            preprocessMs, updates, model.WarnOfCrops(assignment.Prompt, inputs?.CropCount),
            model.WarnOfThings(assignment.Text));
    }

    /// <summary>Lets a model look at a photo as an ordinary question about it would show it.</summary>
    /// <exception cref="ChatRefusedException">The photo is gone.</exception>
    public async Task LookAsync(LoadedModel model, AwaitedPhoto photo, CancellationToken cancellationToken)
    {
        var inputs = await Task.Run(() => CutAsync(model, photo, cancellationToken), cancellationToken);
        await model.Engine.PrepareAsync(model.Prompts.Beginning(inputs), photo.Isolation, cancellationToken);
    }

    private async Task<ImageInputs> CutAsync(
        LoadedModel model, AwaitedPhoto photo, CancellationToken cancellationToken)
    {
        var pixels = await pictures.LoadAsync(photo.Visitor, photo.Image, cancellationToken)
            ?? throw new ChatRefusedException(ChatFault.Unknown, new PhotoRemoved());
        return model.Preprocessor.Process(pixels, model.CropsFor(PromptChoice.Plain), cancellationToken);
    }

    private async Task<(ImageInputs? Inputs, double Ms)> PreprocessAsync(
        LoadedModel model, Assignment assignment, CancellationToken cancellationToken)
    {
        if (assignment.Image is not { } image) return (null, 0);
        var began = Stopwatch.GetTimestamp();
        try
        {
            var pixels = await pictures.LoadAsync(assignment.Visitor, image, cancellationToken)
                ?? throw new ChatRefusedException(ChatFault.Unknown, new PhotoRemoved());
            var asked = assignment.Region?.PixelsOf(pixels.Width, pixels.Height) is var (left, top, width, height)
                ? pixels.Crop(left, top, width, height) : pixels;
            var inputs = model.Preprocessor.Process(asked, model.CropsFor(assignment.Prompt), cancellationToken);
            return (inputs, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        catch (ImageRefusedException e)
        {
            throw new ChatRefusedException(ChatFault.Unavailable, e.Fact);
        }
    }
}
