using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Inference.Preprocessing;

/// <summary>Lays a conversation out as the models were trained on it. For any number of threads.</summary>
/// <remarks>
/// BOS, the picture's tokens, then each piece encoded by itself: <c>" User: question Assistant:"</c>, <c>" answer"</c>
/// and the end of text. Questions are neither trimmed nor escaped, and no special token can be typed into them. Style
/// tags such as <c>vqa2:</c> are for the caller to put before the question. Without a picture there is no published
/// form; the pieces then follow BOS.
/// </remarks>
public sealed class PromptBuilder(BpeTokenizer tokenizer, SpecialTokens special)
{
    /// <summary>Makes the prompt for the next answer.</summary>
    /// <param name="history">
    /// Earlier turns, oldest first. Answers are verbatim, with the space that the models begin them with; where it is
    /// missing (an answer written by hand), it is put in front.
    /// </param>
    /// <param name="question">As typed, with its style tag if any.</param>
    /// <param name="image">The picture, whose tokens come right after BOS; null for none.</param>
    public Prompt Build(IReadOnlyList<PromptTurn> history, string question, ImageInputs? image)
        => Build(Encode(history, question), 0, image);

    /// <summary>Makes the prompt from pieces that are encoded already.</summary>
    /// <param name="encoded">Question and earlier turns.</param>
    /// <param name="firstTurn">Earlier turns that are left out, the oldest.</param>
    /// <param name="image">The picture, whose tokens come right after BOS; null for none.</param>
    public Prompt Build(EncodedTurns encoded, int firstTurn, ImageInputs? image)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        var turns = encoded.Turns.Skip(firstTurn).SelectMany(turn => turn);
        return new Prompt([special.Bos, .. image?.ImageTokenIds ?? [], .. turns, .. encoded.Question], image);
    }

    /// <summary>What every prompt about a picture begins with.</summary>
    public Prompt Beginning(ImageInputs image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return new Prompt([special.Bos, .. image.ImageTokenIds], image);
    }

    /// <summary>Encodes each piece once, for counting and for the prompt.</summary>
    /// <inheritdoc cref="Build(IReadOnlyList{PromptTurn}, string, ImageInputs)"/>
    public EncodedTurns Encode(IReadOnlyList<PromptTurn> history, string question)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(question);
        return new EncodedTurns(
            [.. history.Select(turn => (int[])
            [
                .. tokenizer.Encode(QuestionPiece(turn.Question)),
                .. tokenizer.Encode(AnswerPiece(turn.Answer)),
                special.Bos,
            ])],
            tokenizer.Encode(QuestionPiece(question)));
    }

    /// <summary>Ids of an answer's beginning, from which it goes on.</summary>
    /// <param name="text">Verbatim, perhaps cut anywhere.</param>
    /// <param name="tokens">The model's own ids of it; taken where they give exactly this text, else the text is
    /// encoded.</param>
    public IReadOnlyList<int> Continue(string text, IReadOnlyList<int> tokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(tokens);
        var decoder = new TokenStreamDecoder(tokenizer, skipSpecial: true);
        return tokens.Count > 0 && string.Concat(tokens.Select(decoder.Append)) == text
            ? tokens
            : tokenizer.Encode(text);
    }

    internal static string QuestionPiece(string question) => $" User: {question} Assistant:";

    internal static string AnswerPiece(string answer) => answer.StartsWith(' ') ? answer : $" {answer}";
}

/// <summary>The pieces of a prompt as ids, but for BOS and the picture.</summary>
/// <param name="Turns">Each earlier turn with the id that ends it, oldest first.</param>
/// <param name="Question">The question.</param>
public sealed record EncodedTurns(IReadOnlyList<IReadOnlyList<int>> Turns, IReadOnlyList<int> Question);

/// <summary>What the network is given: BOS, the picture's tokens, the conversation's tokens.</summary>
/// <param name="TokenIds">All ids, BOS first.</param>
/// <param name="Image">The picture, null for text only.</param>
public sealed record Prompt(int[] TokenIds, ImageInputs? Image);

/// <summary>An earlier question with its answer, verbatim.</summary>
public sealed record PromptTurn(string Question, string Answer);

/// <summary>
/// Ids of the tokens that frame text and pictures. They are the checkpoint's own; no two families agree.
/// </summary>
/// <param name="Bos">First in every prompt, and after every answer: the end-of-text token, as there is no
/// other.</param>
/// <param name="ImageStart">Before the rows of the overview, and of the crops.</param>
/// <param name="ImageEnd">After them.</param>
/// <param name="ImagePatch">Takes one pooled feature.</param>
/// <param name="ImageColumn">Ends a row.</param>
public sealed record SpecialTokens(int Bos, int ImageStart, int ImageEnd, int ImagePatch, int ImageColumn)
{
    /// <summary>The ids by their published names.</summary>
    /// <param name="tokenizer">Of the checkpoint.</param>
    /// <param name="file">Its file, for the error.</param>
    /// <exception cref="ModelFormatException">One of the names is missing or is not a special token.</exception>
    public static SpecialTokens Find(BpeTokenizer tokenizer, string file)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return new SpecialTokens(
            Id("<|endoftext|>"), Id("<im_start>"), Id("<im_end>"), Id("<im_patch>"), Id("<im_col>"));

        int Id(string name) => tokenizer.IdOf(name) is { } id && tokenizer.IsSpecial(id)
            ? id
            : throw new ModelFormatException(
                file, null, $"expected the special token `{name}`, which Molmo prompts are framed with");
    }
}
