using Molmo.Demo.Inference.Engine;

namespace Molmo.Demo.Server.Chat.Replay;

/// <summary>
/// A stream of text with its pauses, kept as JSON lines: <c>{"ms":40,"text":"Counting the "}</c> for each piece, and
/// last <c>{"end":"finished"}</c> or <c>{"end":"length"}</c>. Without that last line the stream breaks off, as an
/// engine that fails. A piece with <c>"until":"name"</c> waits for a file of that name beside the recording: a test
/// holds a stream in its middle.
/// </summary>
/// <param name="Pieces">In their order.</param>
/// <param name="Finish">How it ends; null where it breaks off.</param>
internal sealed record Recording(ImmutableArray<RecordedPiece> Pieces, FinishReason? Finish)
{
    /// <summary>How a recording's file ends.</summary>
    public const string Extension = ".jsonl";

    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <exception cref="FormatException">It is not a recording; the message names the line.</exception>
    public static Recording Parse(IEnumerable<string> lines)
    {
        var pieces = ImmutableArray.CreateBuilder<RecordedPiece>();
        FinishReason? finish = null;
        foreach (var (index, line) in lines.Index())
        {
            if (line.Length == 0) continue;
            if (finish is not null) throw new FormatException($"Line {index + 1} comes after the end.");
            var entry = Read(line, index + 1);
            if (entry.Text is { } text)
                pieces.Add(new RecordedPiece(TimeSpan.FromMilliseconds(entry.Ms ?? 0), text, entry.Until));
            finish = entry.End switch
            {
                null => null,
                "finished" => FinishReason.EndToken,
                "length" => FinishReason.Length,
                _ => throw new FormatException(
                    $"Line {index + 1} ends as \"{entry.End}\"; known are finished and length."),
            };
        }
        return new Recording(pieces.ToImmutable(), finish);
    }

    /// <summary>What comes after so many characters, for an answer that goes on.</summary>
    public Recording After(int length)
    {
        var pieces = ImmutableArray.CreateBuilder<RecordedPiece>();
        foreach (var piece in Pieces)
        {
            var skipped = Math.Min(length, piece.Text.Length);
            length -= skipped;
            if (skipped < piece.Text.Length) pieces.Add(piece with { Text = piece.Text[skipped..] });
        }
        return this with { Pieces = pieces.ToImmutable() };
    }

    /// <summary>The lines that <see cref="Parse"/> reads.</summary>
    public IEnumerable<string> ToLines()
    {
        foreach (var piece in Pieces)
            yield return JsonSerializer.Serialize(
                new Line(piece.Pause.TotalMilliseconds, piece.Text, piece.Gate, null), Form);
        if (Finish is { } finish)
            yield return JsonSerializer.Serialize(
                new Line(null, null, null, finish == FinishReason.Length ? "length" : "finished"), Form);
    }

    private static Line Read(string line, int number)
    {
        try
        {
            var entry = JsonSerializer.Deserialize<Line>(line, Form);
            if (entry is null or { Text: null, End: null } || entry.Ms is < 0 or > 3_600_000
                || entry.Until is { } gate && Path.GetFileName(gate) != gate)
                throw new FormatException($"Line {number} has neither text nor end, waits longer than an hour, "
                    + $"or waits for what is no name of a file.");
            return entry;
        }
        catch (JsonException e)
        {
            throw new FormatException($"Line {number} is not a line of a recording.", e);
        }
    }

    private sealed record Line(double? Ms, string? Text, string? Until, string? End);
}

/// <summary>Text that arrives at once.</summary>
/// <param name="Pause">Time since the piece before.</param>
/// <param name="Text">Verbatim.</param>
/// <param name="Gate">Name of a file to wait for; null for none.</param>
internal sealed record RecordedPiece(TimeSpan Pause, string Text, string? Gate = null);
