using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Shared.Images;

/// <summary>A stored picture. Two uploads of the same bytes have different ids.</summary>
public readonly record struct ImageId(string Value)
{
    public static ImageId New() => new(RandomId.New());

    public override string ToString() => Value;
}

/// <summary>What is known of a stored picture.</summary>
/// <param name="Id">Its id; the bytes are served to its owner at <c>/img/{id}</c>.</param>
/// <param name="Width">Pixels, after EXIF orientation was applied.</param>
/// <param name="Height">Pixels, after EXIF orientation was applied.</param>
/// <param name="Name">The file's name as the person's browser gave it; shown as text, never used as a path.</param>
/// <param name="ContentHash">SHA-256 of the stored bytes in lower-case hexadecimal.</param>
public sealed record ImageInfo(ImageId Id, int Width, int Height, string Name, string ContentHash);

/// <summary>A picture of the gallery with a question worth asking.</summary>
/// <param name="File">Name below <c>/samples/</c>.</param>
/// <param name="Question">A question that suits it.</param>
/// <param name="Answer">What was answered to it once; null where nothing is kept.</param>
/// <param name="Check">What a person found at that answer's dots; null where nobody has looked.</param>
public sealed record SampleScene(string File, string Question, StoredAnswer? Answer = null, Audit? Check = null)
{
    /// <summary>What kind of picture it is, which the page says.</summary>
    public SampleSubject Subject { get; init; }

    /// <summary>Address of a copy 800 px wide, at most 20 kB.</summary>
    public string Small => $"/samples/small/{Path.GetFileNameWithoutExtension(File)}.webp";

    /// <summary>Address of a copy 240 px wide, at most 6 kB.</summary>
    public string Thumbnail => $"/samples/small/{Path.GetFileNameWithoutExtension(File)}-240.webp";
}
