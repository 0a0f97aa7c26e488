using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Chat;

/// <remarks>What the person thinks of answers.</remarks>
public sealed partial class ChatSession
{
    /// <summary>
    /// Takes what the person thinks of an answer, null for nothing any more, and keeps it; of a chat without trace in
    /// this page alone. What cannot be kept is not shown either.
    /// </summary>
    public async Task RateAsync(ChatTurn turn, Rating? rating)
    {
        var before = turn.Rating;
        turn.SetRating(rating);
        if (ratings is null || IsPrivate) return;
        await _saving.WaitAsync(CancellationToken.None);
        try
        {
            await ratings.SaveAsync(visitor, turn.Id, turn.Rating, CancellationToken.None);
        }
        catch (ChatRefusedException e)
        {
            turn.SetRating(before);
            Refuse(Words.Of(e.Fact));
        }
        finally
        {
            _saving.Release();
        }
    }

    private async Task ReadRatingsAsync()
    {
        if (ratings is null || IsPrivate) return;
        var found = await ratings.FindAsync(visitor, Id, _closed.Token);
        foreach (var turn in _all)
            if (found.TryGetValue(turn.Id, out var rating)) turn.SetRating(rating);
    }
}
