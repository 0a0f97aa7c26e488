using System.Security.Cryptography;
using System.Text.Encodings.Web;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Images;

/// <summary>
/// The file of answers kept beside the gallery's pictures. The lab's command <c>store-answers</c> writes it.
/// </summary>
internal static class StoredAnswers
{
    /// <summary>Its name.</summary>
    public const string FileName = "answers.json";

    /// <summary>The file of people's checks of these answers.</summary>
    public const string ChecksFileName = "checks.json";

    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        // A file of its own, never put into a page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <exception cref="JsonException">It is not such a file.</exception>
    public static ImmutableArray<StoredAnswer> Read(ReadOnlySpan<byte> file)
        => [.. JsonSerializer.Deserialize<StoredAnswer[]>(file, Form) ?? throw new JsonException("It holds no list.")];

    /// <summary>Checks by the name of the picture's file.</summary>
    /// <exception cref="JsonException">It is not such a file.</exception>
    public static ImmutableDictionary<string, Audit> ReadChecks(ReadOnlySpan<byte> file)
    {
        var checks = JsonSerializer.Deserialize<ImmutableDictionary<string, Audit>>(file, Form);
        return checks is not null && checks.Values.All(check => check is { IsValid: true })
            ? checks : throw new JsonException("It holds something that is no check.");
    }

    /// <summary>As the file holds them, the same bytes for the same answers.</summary>
    public static string Write(IEnumerable<StoredAnswer> answers)
        => JsonSerializer.Serialize(answers, Form).ReplaceLineEndings("\n") + "\n";

    /// <summary>What <see cref="StoredAnswer.PictureHash"/> is of a picture's file.</summary>
    public static string HashOf(ReadOnlySpan<byte> file) => Convert.ToHexStringLower(SHA256.HashData(file));
}
