namespace Molmo.Demo.Server.Chat;

/// <summary>Which earlier turns go with a question.</summary>
internal static class History
{
    /// <summary>
    /// Ended, non-empty answers about the same picture, oldest first, questions with their style tags as the model was
    /// given them; beside them how many were about another picture, said once, where the newest is one of them; and how
    /// many older ones were cut because together they are longer than is sent along. The same picture is the same
    /// bytes: a photo that was added again goes on where it was. Another part of it is another picture, because
    /// coordinates in those answers mean other places.
    /// </summary>
    public static (ImmutableArray<Turn> Turns, int Omitted, int Cut) Choose(
        IEnumerable<StoredTurn> turns, ImageInfo? image, ImageRegion? region)
    {
        var answered = turns.Where(turn => turn.IsEnded && turn.Text.Length > 0).ToList();
        var same =
            answered.Where(turn => turn.Image?.ContentHash == image?.ContentHash && turn.Region == region).ToList();
        var length = 0;
        var fitting = same.Select(turn => new Turn(PromptStyle.Apply(turn.Prompt?.Style, turn.Question), turn.Text))
            .Reverse()
            .TakeWhile(turn => (length += turn.Question.Length + turn.Answer.Length) <= QuestionRules.HistoryCharacters)
            .Reverse()
            .ToImmutableArray();
        // Who asks about a part alone expects nothing else to go along.
        bool IsOfAnother(StoredTurn turn) => turn.Image?.ContentHash != image?.ContentHash
            || (region is null && turn.Region is not null);
        var omitted = answered is [.., var newest] && IsOfAnother(newest) ? answered.Count(IsOfAnother) : 0;
        return (fitting, omitted, same.Count - fitting.Length);
    }
}
