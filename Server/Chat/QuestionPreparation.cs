using System.Diagnostics;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Images;

namespace Molmo.Demo.Server.Chat;

/// <summary>From a question to the engine's input: picture, crops, prompt.</summary>
/// <param name="pictures">Where they are.</param>
/// <param name="crops">Keeps crops for the next question; null where there is one question only.</param>
internal sealed class QuestionPreparation(IImageAccess pictures, CropCache? crops = null)
{
    /// <exception cref="ChatRefusedException">It does not fit into the model, or its picture is gone.</exception>
    public async Task<PreparedAnswer> PrepareAsync(
        LoadedModel model, Assignment assignment, CancellationToken cancellationToken)
    {
        var fit = assignment.Fit ?? ContextFit.Of(model, assignment);
        fit.ThrowUnlessAgreed(assignment.Prompt);
        var began = Stopwatch.GetTimestamp();
        var inputs = await CropsAsync(model, assignment, cancellationToken);
        var preprocessMs = inputs is null ? 0 : Stopwatch.GetElapsedTime(began).TotalMilliseconds;
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
    /// <exception cref="ChatRefusedException">The photo is gone, or cannot be read now.</exception>
    public async Task LookAsync(LoadedModel model, AwaitedPhoto photo, CancellationToken cancellationToken)
    {
        var key = new CropKey(
            photo.Image.ContentHash, null, model.Preprocessor, model.CropsFor(PromptChoice.Plain), photo.Private);
        var inputs = await CropsAsync(key, photo.Visitor, photo.Image, cancellationToken);
        await model.Engine.PrepareAsync(model.Prompts.Beginning(inputs), photo.Isolation, cancellationToken);
    }

    /// <summary>
    /// What the network takes of the picture; null without one. Asked for again, the same object as long as it is kept.
    /// </summary>
    /// <exception cref="ChatRefusedException">The picture is gone, or cannot be read now.</exception>
    public async Task<ImageInputs?> CropsAsync(
        LoadedModel model, Assignment assignment, CancellationToken cancellationToken)
    {
        if (assignment.Image is not { } image) return null;
        var key = new CropKey(
            image.ContentHash, assignment.Region, model.Preprocessor, model.CropsFor(assignment.Prompt),
            assignment.IsPrivate ? assignment.Conversation : null);
        return await CropsAsync(key, assignment.Visitor, image, cancellationToken);
    }

    private async Task<ImageInputs> CropsAsync(
        CropKey key, VisitorId visitor, ImageInfo image, CancellationToken cancellationToken)
    {
        if (crops?.Find(key) is { } known && await IsThereAsync()) return known;

        // Cutting a large photo takes a while of pure computing: not on a thread that others wait for.
        var inputs = await Task.Run(() => PreprocessAsync(key, visitor, image, cancellationToken), cancellationToken);
        if (crops is null) return inputs;
        inputs = crops.Add(key, inputs);
        if (!await IsThereAsync()) crops.Remove(key.Hash);
        return inputs;

        async Task<bool> IsThereAsync()
            => await pictures.FindAsync(visitor, image.Id, cancellationToken) is not null;
    }

    private async Task<ImageInputs> PreprocessAsync(
        CropKey key, VisitorId visitor, ImageInfo image, CancellationToken cancellationToken)
    {
        try
        {
            var pixels = await pictures.LoadAsync(visitor, image, cancellationToken)
                ?? throw new ChatRefusedException(ChatFault.Unknown, new PhotoRemoved());
            var asked = key.Region?.PixelsOf(pixels.Width, pixels.Height) is var (left, top, width, height)
                ? pixels.Crop(left, top, width, height) : pixels;
            return key.Preprocessor.Process(asked, key.MaxCrops, cancellationToken);
        }
        catch (ImageRefusedException e)
        {
            throw new ChatRefusedException(ChatFault.Unavailable, e.Fact);
        }
    }
}
