using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Private;

namespace Molmo.Demo.Server.Chat;

/// <summary>From a question to the engine's input: picture, crops, prompt.</summary>
/// <param name="pictures">Where they are.</param>
/// <param name="crops">Keeps crops for the next question; null where there is one question only.</param>
/// <param name="chats">Which conversations leave no trace; null where there are none.</param>
internal sealed class QuestionPreparation(
    IImageAccess pictures, CropCache? crops = null, PrivateChats? chats = null)
{
    /// <exception cref="ChatRefusedException">It does not fit into the model, or its picture is gone.</exception>
    public async Task<PreparedAnswer> PrepareAsync(
        LoadedModel model, Assignment assignment, CancellationToken cancellationToken)
    {
        var fit = assignment.Fit ?? ContextFit.Of(model, assignment);
        fit.ThrowUnlessAgreed(assignment.Prompt);
        var began = Stopwatch.GetTimestamp();
        // Looked up before the crops are: a picture of a chat that ends meanwhile must not count as a stored one.
        var passing = PassingOf(assignment);
        var inputs = await CropsAsync(model, assignment, passing, cancellationToken);
        var preprocessMs = inputs is null ? 0 : Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        var prompt = model.Prompts.Build(fit.Encoded, fit.FirstTurn, inputs);
        var sampling = assignment.Sampling;
        var options = new SamplingOptions(sampling.Temperature, sampling.TopK, sampling.TopP, sampling.Seed ?? 0);
        var request = new GenerationRequest(prompt, options, model.EndTokenIds, sampling.MaxTokens, fit.Written)
        {
            Visitor = assignment.Visitor.Value,
            Isolation = passing?.Value,
        };
        var updates = model.Engine.GenerateAsync(request, cancellationToken);
        if (crops is not null) updates = ReadAsync(updates, model, assignment, passing, inputs, cancellationToken);
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
        try
        {
            await model.Engine.PrepareAsync(model.Prompts.Beginning(inputs), photo.Isolation, cancellationToken);
        }
        finally
        {
            await ForgetIfOverAsync(model, photo.Private, photo.Visitor, photo.Image, inputs);
        }
    }

    /// <summary>
    /// What the network takes of the picture; null without one. Asked for again, the same object as long as it is kept.
    /// </summary>
    /// <exception cref="ChatRefusedException">The picture is gone, or cannot be read now.</exception>
    public Task<ImageInputs?> CropsAsync(
        LoadedModel model, Assignment assignment, CancellationToken cancellationToken)
        => CropsAsync(model, assignment, PassingOf(assignment), cancellationToken);

    private async Task<ImageInputs?> CropsAsync(
        LoadedModel model, Assignment assignment, ConversationId? passing, CancellationToken cancellationToken)
    {
        if (assignment.Image is not { } image) return null;
        var key = new CropKey(
            image.ContentHash, assignment.Region, model.Preprocessor, model.CropsFor(assignment.Prompt), passing);
        return await CropsAsync(key, assignment.Visitor, image, cancellationToken);
    }

    /// <summary>The conversation without trace that question or picture go with; null for neither.</summary>
    private ConversationId? PassingOf(Assignment assignment)
        => assignment.IsPrivate ? assignment.Conversation
            : assignment.Image is { } image ? pictures.PassingOf(assignment.Visitor, image.Id) : null;

    private async IAsyncEnumerable<GenerationUpdate> ReadAsync(
        IAsyncEnumerable<GenerationUpdate> updates, LoadedModel model, Assignment assignment, ConversationId? passing,
        ImageInputs? inputs, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            await foreach (var update in updates.WithCancellation(cancellationToken)) yield return update;
        }
        finally
        {
            await ForgetIfOverAsync(model, passing, assignment.Visitor, assignment.Image, inputs);
        }
    }

    /// <summary>
    /// Has the engine forget what it was asked after picture or conversation had been forgotten there, but before this
    /// question was there.
    /// </summary>
    private async Task ForgetIfOverAsync(
        LoadedModel model, ConversationId? passing, VisitorId visitor, ImageInfo? image, ImageInputs? inputs)
    {
        if (passing is { } conversation)
        {
            if (chats?.OwnerOf(conversation) is null) model.Engine.Forget(conversation.Value);
            return;
        }

        if (image is null || inputs is null) return;
        try
        {
            if (await pictures.FindAsync(visitor, image.Id, CancellationToken.None) is null)
                model.Engine.ForgetPicture(inputs.ContentKey);
        }
        catch (SqliteException)
        {
            // The storage is in trouble, which others say: an answer that is there does not fail for it.
        }
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
