using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Inference.Preprocessing;

/// <summary>Lays a conversation out as the models were trained on it. For any number of threads.</summary>
/// <remarks>
/// BOS, the picture's tokens, then each piece encoded by itself: <c>" User: question Assistant:"</c>, <c>" answer"</c> and the
/// end of text. Questions are neither trimmed nor escaped, and no special token can be typed into them. Style tags such as
/// <c>vqa2:</c> are for the caller to put before the question. Without a picture there is no published form; the pieces
/// then follow BOS.
/// </remarks>
public sealed class PromptBuilder(BpeTokenizer tokenizer, SpecialTokens special)
{
    /// <summary>Makes the prompt for the next answer.</summary>
    /// <param name="history">
    /// Earlier turns, oldest first. Answers are verbatim, with the space that the models begin them with; where it is missing
    /// (an answer written by hand), it is put in front.
    /// </param>
    /// <param name="question">As typed, with its style tag if any.</param>
    /// <param name="image">The picture, whose tokens come right after BOS; null for none.</param>
    public Prompt Build(IReadOnlyList<PromptTurn> history, string question, ImageInputs? image)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(question);
        var ids = new List<int> { special.Bos };
        if (image is not null) ids.AddRange(image.ImageTokenIds);
        foreach (var turn in history)
        {
            ids.AddRange(tokenizer.Encode(QuestionPiece(turn.Question)));
            ids.AddRange(tokenizer.Encode(AnswerPiece(turn.Answer)));
            ids.Add(special.Bos);
        }
        ids.AddRange(tokenizer.Encode(QuestionPiece(question)));
        return new Prompt([.. ids], image);
    }

    /// <summary>Tokens of a prompt for this question alone, BOS included: what a picture or a turn takes comes on top.</summary>
    public int CountTokens(string question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return 1 + tokenizer.Encode(QuestionPiece(question)).Length;
    }

    /// <summary>Tokens that an earlier turn adds to a prompt.</summary>
    public int CountTokens(PromptTurn turn)
    {
        ArgumentNullException.ThrowIfNull(turn);
        return tokenizer.Encode(QuestionPiece(turn.Question)).Length + tokenizer.Encode(AnswerPiece(turn.Answer)).Length + 1;
    }

    /// <summary>Ids of an answer's beginning, from which it goes on.</summary>
    /// <param name="text">Verbatim, perhaps cut anywhere.</param>
    /// <param name="tokens">The model's own ids of it; taken where they give exactly this text, else the text is encoded.</param>
    public IReadOnlyList<int> Continue(string text, IReadOnlyList<int> tokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(tokens);
        var decoder = new TokenStreamDecoder(tokenizer, skipSpecial: true);
        return tokens.Count > 0 && string.Concat(tokens.Select(decoder.Append)) == text ? tokens : tokenizer.Encode(text);
    }

    internal static string QuestionPiece(string question) => $" User: {question} Assistant:";

    internal static string AnswerPiece(string answer) => answer.StartsWith(' ') ? answer : $" {answer}";
}
