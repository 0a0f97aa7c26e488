namespace Molmo.Demo.Inference.Preprocessing;

/// <summary>A preprocessor configuration that cannot be followed.</summary>
public sealed class PreprocessorFormatException : Exception
{
    public PreprocessorFormatException(string file, string? field, string detail, Exception? inner = null)
        : base(field is null ? $"{file}: {detail}" : $"{file}, {field}: {detail}", inner)
    {
        File = file;
        Field = field;
        Detail = detail;
    }

    /// <summary>Path of the file.</summary>
    public string File { get; }

    /// <summary>The field at fault; null where it is the file as a whole.</summary>
    public string? Field { get; }

    /// <summary>What was expected and what was found.</summary>
    public string Detail { get; }
}
