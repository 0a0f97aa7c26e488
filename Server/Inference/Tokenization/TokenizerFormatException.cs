namespace Molmo.Demo.Inference.Tokenization;

/// <summary>A tokenizer file that this engine does not read, or that contradicts itself.</summary>
public sealed class TokenizerFormatException : Exception
{
    public TokenizerFormatException(string file, string detail, Exception? inner = null)
        : base($"{file}: {detail}", inner)
    {
        File = file;
        Detail = detail;
    }

    /// <summary>Path or name of the file.</summary>
    public string File { get; }

    /// <summary>What was expected and what was found.</summary>
    public string Detail { get; }
}
