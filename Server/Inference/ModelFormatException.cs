namespace Molmo.Demo.Inference;

/// <summary>A checkpoint file that breaks a rule, or that does not fit the rest of its checkpoint.</summary>
/// <remarks>The message is one sentence for people: file, tensor or field, rule.</remarks>
/// <param name="file">Path of the file, or of the folder when a file is missing.</param>
/// <param name="subject">Tensor or field; null when it is the file as a whole.</param>
/// <param name="detail">The rule broken, as the end of a sentence.</param>
/// <param name="innerException">What the reader met, where it says more.</param>
public sealed class ModelFormatException(
    string file, string? subject, string detail, Exception? innerException = null)
    : Exception(subject is null ? $"{file}: {detail}" : $"{file}: {subject}: {detail}", innerException)
{
    private const int MaxShownName = 120;

    public string File => file;

    public string? Subject => subject;

    public string Detail => detail;

    /// <summary>A stored name as it may stand in a message: short, without control characters.</summary>
    internal static string Shown(string name)
    {
        var shown = name.Length > MaxShownName ? string.Concat(name.AsSpan(0, MaxShownName), "...") : name;
        return string.Create(shown.Length, shown, static (span, text) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = char.IsControl(text[i]) || char.IsSurrogate(text[i]) ? '?' : text[i];
        });
    }
}
