using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Lab.Rating;

/// <summary>
/// Votes as JSON lines: <c>{"a": "model one", "b": "model two", "verdict": "A"}</c>. A verdict is <c>A</c>, <c>B</c>,
/// <c>both good</c> (or <c>tie</c>), <c>both bad</c> or <c>cannot tell</c>; only its letters count, capital or small.
/// </summary>
internal static class VoteLines
{
    /// <summary>The votes that say something, and how many did not.</summary>
    /// <exception cref="CommandException">The file is missing or a line is of another form.</exception>
    public static async Task<(ImmutableArray<Vote> Votes, int Dropped)> LoadAsync(
        string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path)) throw new CommandException($"There is no file {path}.");
        var votes = ImmutableArray.CreateBuilder<Vote>();
        var (number, dropped) = (0, 0);
        await foreach (var line in File.ReadLinesAsync(path, cancellationToken))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (Read(line) is not { A.Length: > 0, B.Length: > 0 } row)
                throw new CommandException($"Line {number} of {path} is no vote: it needs a, b and a verdict.");
            switch (Named(row.Verdict))
            {
                case "a": Add(Verdict.A); break;
                case "b": Add(Verdict.B); break;
                case "tie" or "bothgood": Add(Verdict.Tie); break;
                case "bothbad": Add(Verdict.BothBad); break;
                case "cannottell": dropped++; break;
                default:
                    throw new CommandException($"Line {number} of {path} has the verdict \"{row.Verdict}\"; known are "
                        + "A, B, both good, both bad and cannot tell.");
            }

            void Add(Verdict verdict) => votes.Add(new Vote(row.A, row.B, verdict, row.IsBlind));
        }

        return (votes.ToImmutable(), dropped);
    }

    private static Row? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Row>(line, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Named(string? verdict)
        => string.Concat((verdict ?? "").Where(char.IsAsciiLetter)).ToLowerInvariant();

    private sealed record Row(string? A, string? B, string? Verdict, bool IsBlind = true);
}
