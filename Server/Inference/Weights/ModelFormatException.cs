namespace Molmo.Demo.Inference.Weights;

/// <summary>A checkpoint file that breaks a rule, or that does not fit the rest of its checkpoint.</summary>
/// <remarks>The message is one sentence for people: file, tensor or field, rule.</remarks>
public sealed class ModelFormatException : Exception
{
    /// <param name="file">Path of the file, or of the folder when a file is missing.</param>
    /// <param name="subject">Tensor or field; null when it is the file as a whole.</param>
    /// <param name="detail">The rule broken, as the end of a sentence.</param>
    /// <param name="innerException">What the reader met, where it says more.</param>
    public ModelFormatException(string file, string? subject, string detail, Exception? innerException = null)
        : base(subject is null ? $"{file}: {detail}" : $"{file}: {subject}: {detail}", innerException)
    {
        File = file;
        Subject = subject;
        Detail = detail;
    }

    public string File { get; }

    public string? Subject { get; }

    public string Detail { get; }
}
