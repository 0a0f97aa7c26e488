namespace Molmo.Demo.Client.Chat;

/// <summary>Following what the same person does with this conversation on another page, and deleting here.</summary>
public sealed partial class ChatSession
{
    private bool _isCatchUpDue;
    private GenerationId? _deleting;

    /// <summary>Whether the conversation was deleted; nothing of this session is to be shown any more.</summary>
    public bool IsGone { get; private set; }

    /// <summary>
    /// Takes turns that were asked elsewhere, lets go of those that were deleted, and follows the name. The page goes
    /// on with the newest turn, unless a question is being edited here; what the person has put on the stage for the
    /// next question stays there.
    /// </summary>
    public async Task CatchUpAsync()
    {
        // The reply to a question of this page is still on its way: whether a turn is that one is not known yet.
        if (_isCatchUpDue = _isAsking) return;
        var known = _all.Select(turn => turn.Id).ToHashSet();
        var stored = await conversations.FindAsync(visitor, Id, _closed.Token);
        if (_isCatchUpDue = _isAsking) return;
        if (stored is null)
        {
            if (known.Count > 0) End(known);
            return;
        }
        var isChanged = LetGo(known.Except(stored.Turns.Select(turn => turn.Id)).ToHashSet());
        if (stored.Title.Length > 0 && stored.Title != Title) (Title, isChanged) = (stored.Title, true);
        ChatTurn[] added =
            [.. stored.Turns.Where(turn => _all.TrueForAll(here => here.Id != turn.Id)).Select(Taken)];
        _all.AddRange(added);
        if (added is [.., var newest] && Editing is null) GoTo(newest);
        if (isChanged || added.Length > 0) Changed?.Invoke();
    }

    /// <summary>
    /// Whether a question can be deleted with its answer: nothing follows it, in any version, and it is not being
    /// written. A chat without trace goes as a whole.
    /// </summary>
    public bool CanDelete(ChatTurn turn) => !IsPrivate && !turn.IsLive
        && _all.TrueForAll(other => other.Node.Parent != turn.Id && other.Node.Continues != turn.Id);

    /// <summary>
    /// Deletes a question with its answer for good. The chat goes on; after its only question, with the same picture as
    /// a new one.
    /// </summary>
    public async Task DeleteAsync(ChatTurn turn)
    {
        _deleting = turn.Id;
        try
        {
            if (!await conversations.DeleteAnswerAsync(visitor, Id, turn.Id, _closed.Token))
            {
                Refuse(T("This answer cannot be deleted: another question follows it."));
                return;
            }
            await CatchUpAsync();
            if (_turns is [.., var last]) await conversations.ShowAsync(visitor, Id, last.Id, _closed.Token);
        }
        catch (ChatRefusedException e)
        {
            Refuse(Words.Of(e.Fact));
        }
        finally
        {
            _deleting = null;
        }
    }

    // Its only question was deleted here, or all of it somewhere.
    private void End(HashSet<GenerationId> known)
    {
        IsGone = !(known.Count == 1 && _deleting is { } here && known.Contains(here));
        _all.Clear();
        _turns.Clear();
        (Title, Shown, Editing, Checking, Named) = (null, null, null, null, null);
        Id = ConversationId.New();
        Changed?.Invoke();
    }

    private bool LetGo(HashSet<GenerationId> deleted)
    {
        if (_all.RemoveAll(turn => deleted.Contains(turn.Id)) == 0) return false;
        if (Editing is { } edited && deleted.Contains(edited.Id)) Editing = null;
        if (Checking is { } checking && deleted.Contains(checking.Id)) Checking = null;
        if (_turns.RemoveAll(turn => deleted.Contains(turn.Id)) == 0) return true;
        // Another version of the question, else what was asked before it.
        var tree = Tree();
        var before = _turns is [.., var last] ? tree.LeafBelow(last.Id) : tree.Newest;
        (Shown, Named) = (null, null);
        if (before is { } leaf) SetPath(tree, leaf);
        return true;
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
