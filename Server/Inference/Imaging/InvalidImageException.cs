namespace Molmo.Demo.Inference.Imaging;

/// <summary>Why a file is not taken as a picture.</summary>
public enum ImageFault
{
    /// <summary>Not a type that this decoder reads (by content, not by name).</summary>
    UnsupportedType,

    /// <summary>A known type in a variant that is not read, such as lossless JPEG.</summary>
    UnsupportedVariant,

    /// <summary>More pixels, or a longer side, than the limits allow; known from the header.</summary>
    TooLarge,

    /// <summary>The file ends before the picture does.</summary>
    Incomplete,

    /// <summary>The file breaks the rules of its type.</summary>
    Damaged,

    /// <summary>Decoding would take more work than a picture of its size can need.</summary>
    TooMuchWork,
}

/// <summary>
/// A file that cannot be decoded. The fault picks the sentence that people see; the message is for the log.
/// </summary>
/// <param name="fault">What is wrong.</param>
/// <param name="detail">For the log.</param>
/// <param name="header">What the header said, as far as it could be read.</param>
public sealed class InvalidImageException(ImageFault fault, string detail, ImageHeader? header = null)
    : Exception(detail)
{
    public ImageFault Fault => fault;

    public ImageHeader? Header => header;
}
