using System.Text.Encodings.Web;

namespace Molmo.Demo.Client.Chat;

/// <summary>
/// Answers as JSON for people to read and copy: indented, characters as they are, nothing that is not there.
/// </summary>
public static class AnswerJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // It is only ever put into a text node.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The whole answer.</summary>
    public static string Write(AnswerDocument document) => JsonSerializer.Serialize(Words.On(document), Options);

    /// <summary>What made it and what it took, without its words.</summary>
    public static string Details(Answer answer) => JsonSerializer.Serialize(new
    {
        Stamp = answer.Start is { } start ? Words.On(start.Stamp) : null,
        answer.Start?.Sent,
        answer.Ended?.Reason,
        answer.Ended?.Usage,
        answer.Ended?.Timings,
    }, Options);
}
