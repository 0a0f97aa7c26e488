using Molmo.Demo.Client.Images;

namespace Molmo.Demo.Client.Chat;

/// <remarks>Which answers have their dots on the picture, and how those look.</remarks>
public sealed partial class ChatSession
{
    // Far from the groups that an answer has.
    private const int GroupsOfATurn = 10_000;

    private readonly HashSet<GenerationId> _too = [];

    /// <summary>The turn whose dots are being checked one by one; null for none.</summary>
    public ChatTurn? Checking { get; private set; }

    /// <summary>
    /// Turns about the same picture whose dots are on it together with those of <see cref="Shown"/>, in their order.
    /// </summary>
    public IEnumerable<ChatTurn> AlsoShown
        => _turns.Where(turn => turn != Shown && _too.Contains(turn.Id) && IsAboutTheSame(turn));

    /// <summary>The same, as the stage draws them.</summary>
    internal IReadOnlyList<ShownToo> ShownToo => [.. AlsoShown.Select(turn => new ShownToo(
        turn.Id.Value, turn.Answer.Segments, LookOf(turn), GroupsOfATurn * (_turns.IndexOf(turn) + 1), turn.Audit))];

    /// <summary>Whether a turn's dots are on the picture together with those of another.</summary>
    public bool IsShownToo(ChatTurn turn) => AlsoShown.Contains(turn);

    /// <summary>
    /// Puts a turn's dots on the picture beside those of <see cref="Shown"/>, or takes them off. One about another
    /// picture is shown alone.
    /// </summary>
    public void ShowToo(ChatTurn turn, bool isShown)
    {
        if (!isShown)
        {
            if (!_too.Remove(turn.Id)) return;
        }
        else if (Shown is null || !IsAboutTheSame(turn))
        {
            Show(turn);
            return;
        }
        else
        {
            _too.Add(turn.Id);
        }
        Changed?.Invoke();
    }

    /// <summary>
    /// Look of a turn's first group. Groups take their looks in the order of the chat: what comes before a turn has
    /// ended, so that its look never changes. 0 where the turn is not on the path.
    /// </summary>
    public int LookOf(ChatTurn? turn)
        => turn is null || !_turns.Contains(turn) ? 0 : ChatTurn.LookOf(_turns, turn);

    /// <summary>The person has begun to check a turn's dots, or is done.</summary>
    public void Check(ChatTurn? turn)
    {
        if (Checking == turn) return;
        Checking = turn;
        Changed?.Invoke();
    }

    private bool IsAboutTheSame(ChatTurn turn) => Image is not null && turn.Image?.Id == Image.Id;
}
