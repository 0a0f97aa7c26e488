using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Server.Chat.Replay;

namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>
/// Recorded streams that a server replays: what is asked as <see cref="QuestionFor"/> is answered with one of them.
/// </summary>
public sealed class Recordings(string folder)
{
    /// <summary>Eight points, about the strawberries of a gallery scene.</summary>
    public const string Strawberries =
        " Counting the <points x1=\"18.0\" y1=\"31.0\" x2=\"24.5\" y2=\"72.5\" x3=\"33.0\" y3=\"18.5\" x4=\"41.5\" "
            + "y4=\"55.0\" x5=\"52.0\" y5=\"80.0\" "
        + "x6=\"63.5\" y6=\"27.5\" x7=\"74.0\" y7=\"61.0\" x8=\"86.5\" y8=\"44.0\" "
        + "alt=\"strawberries\">strawberries</points> shows a total of 8.";

    public static string QuestionFor(string name) => $"replay: {name}";

    /// <summary>Keeps a stream under a name of its own.</summary>
    /// <param name="text">Verbatim.</param>
    /// <param name="length">Characters that come at a time.</param>
    /// <param name="ms">Milliseconds between them.</param>
    /// <returns>The question that it answers.</returns>
    public string Keep(string text, int length = 16, double ms = 2)
        => Keep(Pieces(text, length, ms), FinishReason.EndToken);

    /// <summary>Keeps a stream that breaks off, as an engine that fails.</summary>
    public string KeepBroken(string text) => Keep(Pieces(text, 16, 2), null);

    /// <summary>Keeps a stream that is held in its middle until it is let go.</summary>
    /// <param name="text">Verbatim.</param>
    /// <param name="half">Characters that come before.</param>
    public HeldAnswer Hold(string text = Strawberries, int half = 90)
    {
        var gate = $"go-{Guid.NewGuid():N}";
        var rest = Pieces(text[half..], 16, 2).ToList();
        rest[0] = rest[0] with { Gate = gate };
        return new HeldAnswer(
            Keep([.. Pieces(text[..half], 16, 2), .. rest], FinishReason.EndToken), Path.Combine(folder, gate));
    }

    /// <summary>Keeps a stream of which each piece waits to be let go.</summary>
    /// <returns>The question that it answers, and for each piece the file that lets it go.</returns>
    public (string Question, string[] Gates) Step(IReadOnlyList<string> pieces)
    {
        string[] names = [.. pieces.Select((_, index) => $"step-{Guid.NewGuid():N}-{index}")];
        var question = Keep(
            pieces.Zip(names, (piece, name) => new RecordedPiece(TimeSpan.Zero, piece, name)), FinishReason.EndToken);
        return (question, [.. names.Select(name => Path.Combine(folder, name))]);
    }

    private static IEnumerable<RecordedPiece> Pieces(string text, int length, double ms)
        => text.Chunk(length).Select(piece => new RecordedPiece(TimeSpan.FromMilliseconds(ms), new string(piece)));

    private string Keep(IEnumerable<RecordedPiece> pieces, FinishReason? finish)
    {
        var name = Guid.NewGuid().ToString("N");
        File.WriteAllLines(
            Path.Combine(folder, name + Recording.Extension), new Recording([.. pieces], finish).ToLines());
        return QuestionFor(name);
    }
}

/// <summary>An answer that stays in its middle until <see cref="LetGo"/>.</summary>
public sealed class HeldAnswer(string question, string gate)
{
    /// <summary>Asked by as many as like; all are let go together.</summary>
    public string Question => question;

    public void LetGo() => File.WriteAllText(gate, "");
}
