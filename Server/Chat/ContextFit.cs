using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Server.Engines;

namespace Molmo.Demo.Server.Chat;

/// <summary>
/// Whether a question with its picture and earlier turns fits into what the model can read, counted before anything is
/// computed. Keeps the ids that were counted, so that the prompt is made of them.
/// </summary>
/// <param name="Positions">Tokens of prompt and answer together that the model takes.</param>
/// <param name="HasImage">Whether some of them are the picture's.</param>
/// <param name="FirstTurn">Turns of the assignment's history that must be left out, the oldest.</param>
/// <param name="DropOldest">The same, with those that were too many to be sent along at all.</param>
/// <param name="IsTooLong">Whether the question alone does not fit: leaving out turns does not help.</param>
internal sealed record ContextFit(int Positions, bool HasImage, int FirstTurn, int DropOldest, bool IsTooLong)
{
    /// <summary>Whether an answer that goes on has no room left.</summary>
    public bool IsFull { get; init; }

    /// <summary>What was counted, for the prompt.</summary>
    public EncodedTurns Encoded { get; init; } = new([], []);

    /// <summary>Ids of what the answer goes on from; empty for a new one.</summary>
    public IReadOnlyList<int> Written { get; init; } = [];

    /// <summary>Encodes and counts what the model is to read.</summary>
    public static ContextFit Of(LoadedModel model, Assignment assignment)
    {
        var picture = assignment.Image is { } image ? CountTokens(model, image, assignment) : 0;
        // A model of single questions is given no earlier turns, so none are in its way.
        var history = model.IsSingleTurn ? [] : assignment.History;
        var encoded = model.Prompts.Encode(
            [.. history.Select(turn => new PromptTurn(turn.Question, turn.Answer))],
            PromptStyle.Apply(assignment.Prompt.Style, assignment.Text));
        var question = 1 + encoded.Question.Count;
        var turns = encoded.Turns.Select(turn => turn.Count).ToList();
        var cut = model.IsSingleTurn ? 0 : assignment.CutTurns;
        var fit = Of(model.MaxPositions, assignment.Sampling.MaxTokens, picture, question, turns, cut)
            with
        { Encoded = encoded };
        if (assignment.Written is not { } written) return fit;
        // What was written counts beside the same turns as it did then, so that the answer goes on from the same
        // prompt.
        var ids = model.Prompts.Continue(written.Text, written.Tokens);
        var length = picture + question + turns.Skip(fit.FirstTurn).Sum() + ids.Count;
        return fit with { Written = ids, IsFull = length >= fit.Positions };
    }

    private static int CountTokens(LoadedModel model, ImageInfo image, Assignment assignment)
    {
        var (width, height) = assignment.Region?.PixelsOf(image.Width, image.Height) is var (_, _, w, h) ? (w, h)
            : (image.Width, image.Height);
        return model.Preprocessor.CountTokens(width, height, model.CropsFor(assignment.Prompt));
    }

    /// <summary>From counted tokens.</summary>
    /// <param name="positions">What the model takes.</param>
    /// <param name="answer">Tokens that the answer may have.</param>
    /// <param name="picture">Tokens of the picture, 0 without one.</param>
    /// <param name="question">Tokens of the question, BOS included.</param>
    /// <param name="turns">Tokens of each earlier turn, oldest first.</param>
    /// <param name="cut">Turns older than those.</param>
    public static ContextFit Of(int positions, int answer, int picture, int question, IReadOnlyList<int> turns, int cut)
    {
        // Earlier turns leave room for an answer of the asked length, or of a quarter of all where that is less.
        var room = positions - Math.Min(answer, positions / 4);
        var length = picture + question + turns.Sum();
        var first = 0;
        while (length > room && first < turns.Count) length -= turns[first++];
        return new ContextFit(positions, picture > 0, first, cut + first, picture + question >= positions);
    }

    /// <exception cref="ChatRefusedException">It does not fit, and nobody has agreed to what would help.</exception>
    public void ThrowUnlessAgreed(PromptChoice choice)
    {
        if (IsFull) throw new ChatRefusedException(ChatFault.TooLong, new AnswerFull());
        if (IsTooLong)
        {
            throw new ChatRefusedException(
                ChatFault.TooLong, (HasImage, choice.MaxCrops > PromptChoice.StandardCrops) switch
                {
                    (false, _) => new QuestionTooLongForModel(),
                    (true, false) => new QuestionTooLongBesidePhoto(),
                    (true, true) => new QuestionTooLongBesideCrops(choice.MaxCrops, PromptChoice.StandardCrops),
                });
        }
        if (DropOldest == 0 || choice.MayDropOldest) return;
        Fact fact = HasImage
            ? new PhotoConversationTooLong(Positions, DropOldest)
            : new ConversationTooLong(Positions, DropOldest);
        throw new ChatRefusedException(ChatFault.ContextFull, fact)
        {
            DropOldest = DropOldest,
        };
    }
}
