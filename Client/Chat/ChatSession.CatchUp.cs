namespace Molmo.Demo.Client.Chat;

/// <summary>Following what the same person asks in this conversation on another page.</summary>
public sealed partial class ChatSession
{
    private bool _isCatchUpDue;

    /// <summary>
    /// Takes turns that were asked elsewhere. The page goes on with the newest of them, unless a question is being
    /// edited here; what the person has put on the stage for the next question stays there.
    /// </summary>
    public async Task CatchUpAsync()
    {
        // The reply to a question of this page is still on its way: whether a turn is that one is not known yet.
        if (_isCatchUpDue = _isAsking) return;
        if (await conversations.FindAsync(visitor, Id, _closed.Token) is not { } stored) return;
        if (_isCatchUpDue = _isAsking) return;
        var known = _all.Select(turn => turn.Id).ToHashSet();
        ChatTurn[] added = [.. stored.Turns.Where(turn => !known.Contains(turn.Id)).Select(Taken)];
        if (added is not [.., var newest]) return;
        _all.AddRange(added);
        if (string.IsNullOrEmpty(Title)) Title = stored.Title;
        if (Editing is null) GoTo(newest);
        Changed?.Invoke();
    }

    private void GoTo(ChatTurn newest)
    {
        // Somebody who looks at an earlier answer, or at a photo that is yet to be asked about, goes on looking.
        var isAtEnd = _turns is [] ? Image is null : Shown == _turns[^1];
        var (shown, image) = (Shown, Image);
        SetPath(Tree(), newest.Id);
        Named = null;
        if (!isAtEnd) (Shown, Image) = (shown is not null && _turns.Contains(shown) ? shown : null, image);
    }

    private static ChatTurn Taken(StoredTurn kept)
        => new(kept.Id, kept.Question, kept.Image, kept.Region, kept.Parent, kept.Continues)
        {
            Choice = new AskChoice(kept.Prompt ?? PromptChoice.Plain, kept.Sampling ?? SamplingChoice.Greedy),
        };
}
