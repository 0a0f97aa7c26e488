using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Inference.Preprocessing;

/// <summary>Ids of the tokens that frame text and pictures. They are the checkpoint's own; no two families agree.</summary>
/// <param name="Bos">First in every prompt, and after every answer: the end-of-text token, as there is no other.</param>
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
        return new SpecialTokens(Id("<|endoftext|>"), Id("<im_start>"), Id("<im_end>"), Id("<im_patch>"), Id("<im_col>"));

        int Id(string name) => tokenizer.IdOf(name) is { } id && tokenizer.IsSpecial(id)
            ? id
            : throw new ModelFormatException(file, null, $"expected the special token `{name}`, which Molmo prompts are framed with");
    }
}
