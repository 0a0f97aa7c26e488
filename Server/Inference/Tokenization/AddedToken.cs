namespace Molmo.Demo.Inference.Tokenization;

/// <summary>A token that is found in the text as a whole, before any splitting.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">The text that stands for it.</param>
/// <param name="IsSpecial">A control token: left out of decoded text on request, and never made from what a user types.</param>
/// <param name="IsNormalized">Looked for in the normalized text, after all others; else in the text as it came.</param>
internal sealed record AddedToken(int Id, string Content, bool IsSpecial, bool IsNormalized);
