using System.Collections.Immutable;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Images;

namespace Molmo.Demo.Server.Chat;

/// <summary>Which earlier turns go with a question.</summary>
internal static class History
{
    /// <summary>
    /// Ended, non-empty answers about the same picture, oldest first; beside them how many were about another one. The same
    /// picture is the same bytes: a photo that was added again goes on where it was. Another part of it is another picture,
    /// because coordinates in those answers mean other places.
    /// </summary>
    public static (ImmutableArray<Turn> Turns, int Omitted) Choose(IEnumerable<StoredTurn> turns, ImageInfo? image, ImageRegion? region)
    {
        var answered = turns.Where(turn => turn.IsEnded && turn.Text.Length > 0).ToList();
        var same = answered.Where(turn => turn.Image?.ContentHash == image?.ContentHash && turn.Region == region).ToList();
        var length = 0;
        var fitting = same.AsEnumerable().Reverse()
            .TakeWhile(turn => (length += turn.Question.Length + turn.Text.Length) <= QuestionRules.HistoryCharacters)
            .Reverse();
        // Who asks about a part alone expects nothing else to go along.
        var omitted = region is null ? answered.Count - same.Count : answered.Count(turn => turn.Image?.ContentHash != image?.ContentHash);
        return ([.. fitting.Select(turn => new Turn(turn.Question, turn.Text))], omitted);
    }
}
