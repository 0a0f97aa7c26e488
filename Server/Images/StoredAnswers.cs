using System.Security.Cryptography;
using System.Text.Encodings.Web;

namespace Molmo.Demo.Server.Images;

/// <summary>
/// The file of answers kept beside the gallery's pictures. The lab's command <c>store-answers</c> writes it.
/// </summary>
internal static class StoredAnswers
{
    /// <summary>Its name.</summary>
    public const string FileName = "answers.json";

    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        // A file of its own, never put into a page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <exception cref="JsonException">It is not such a file.</exception>
    public static ImmutableArray<StoredAnswer> Read(ReadOnlySpan<byte> file)
        => [.. JsonSerializer.Deserialize<StoredAnswer[]>(file, Form) ?? throw new JsonException("It holds no list.")];

    /// <summary>As the file holds them, the same bytes for the same answers.</summary>
    public static string Write(IEnumerable<StoredAnswer> answers)
        => JsonSerializer.Serialize(answers, Form).ReplaceLineEndings("\n") + "\n";

    /// <summary>What <see cref="StoredAnswer.PictureHash"/> is of a picture's file.</summary>
    public static string HashOf(ReadOnlySpan<byte> file) => Convert.ToHexStringLower(SHA256.HashData(file));
}
