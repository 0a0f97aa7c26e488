using System.Security.Cryptography;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Chat;

/// <summary>A question that the page offers to ask.</summary>
/// <param name="Text">The question.</param>
/// <param name="Language">Its language where that is not the page's: the model names things in English.</param>
public sealed record Suggestion(string Text, string? Language = null);

/// <summary>
/// Questions to ask next, from what the checkpoint says that it knows and from what its answers named. The same chat is
/// offered the same ones; another photo gets others.
/// </summary>
public static partial class Suggestions
{
    private const string English = "en";

    private const int AfterPhoto = 4;
    private const int AfterAnswer = 2;

    /// <summary>For a chat as it stands; none while an answer is being written and before there is a photo.</summary>
    /// <param name="session">The chat.</param>
    /// <param name="knows">What its checkpoint knows; null where that makes no such promise.</param>
    public static ImmutableArray<Suggestion> For(ChatSession session, Knowledge? knows)
    {
        if (!session.HasStage || session.Live is not null) return [];
        var photo = session.Image?.Id.Value ?? session.Stored?.File ?? "";
        var turns = session.Turns.Where(turn => turn.Image?.Id == session.Image?.Id).ToList();
        var stored = session.Stored is { } kept ? Named(Claim.Of(kept.ReadAnswer())) : [];
        List<string> named =
            [.. turns.AsEnumerable().Reverse().SelectMany(turn => Named(Claim.Of(turn.Answer, turn.Audit)))];
        var asked = turns.Select(turn => turn.Question);
        if (session.Stored is { } shown) asked = asked.Append(shown.Question);
        return turns.Count == 0 && session.Stored is null
            ? Begin(knows, photo, [], asked)
            : Next(knows, photo, [.. named, .. stored], asked);
    }

    /// <summary>To begin with, about a photo: four at most.</summary>
    /// <param name="knows">What the checkpoint knows; null where it makes no such promise.</param>
    /// <param name="photo">The photo, so that each gets its own choice.</param>
    /// <param name="seen">Names of things that are known to be on it, such as from a stored answer; may be
    /// empty.</param>
    /// <param name="asked">What was asked in this chat; none of it is offered.</param>
    public static ImmutableArray<Suggestion> Begin(
        Knowledge? knows, string photo, IEnumerable<string> seen, IEnumerable<string> asked)
    {
        ImmutableArray<string> things = [.. seen];
        return knows is null
            ? Choose([.. General(), .. Plain(things).SelectMany(Of)], asked, AfterPhoto)
            : Choose([.. InTurn(Known(knows, things).Concat(Mixed(knows, photo)))], asked, AfterPhoto);
    }

    /// <summary>After an answer: two at most.</summary>
    /// <param name="knows">What the checkpoint knows; null where it makes no such promise.</param>
    /// <param name="photo">The photo that was asked about.</param>
    /// <param name="named">Names in the answer, then in those before it.</param>
    /// <param name="asked">What was asked in this chat; none of it is offered.</param>
    public static ImmutableArray<Suggestion> Next(
        Knowledge? knows, string photo, IEnumerable<string> named, IEnumerable<string> asked)
    {
        ImmutableArray<string> names = [.. named];
        ImmutableArray<string> before = [.. asked];
        if (knows is null)
            return Choose(
                [.. Plain(names).Take(1).SelectMany(Of), .. General(), .. Plain(names).Skip(1).SelectMany(Of)], before,
                AfterAnswer);
        // The other question about what was just named, then something new.
        var same = Known(knows, names).Take(1).SelectMany(Of);
        var other = InTurn(Known(knows, names).Concat(Mixed(knows, photo))
            .Where(thing => !before.Any(question => question.Contains(thing, StringComparison.OrdinalIgnoreCase))));
        return Choose([.. Choose([.. same], before, 1), .. other], before, AfterAnswer);
    }

    private static IEnumerable<Suggestion> General()
    {
        yield return new Suggestion(T("What does it show?"));
        yield return new Suggestion(T("How many people are there?"));
        yield return new Suggestion(T("Is there any text?"));
        yield return new Suggestion(T("What stands out most?"));
    }

    private static IEnumerable<Suggestion> Of(string things) => [Count(things), Point(things)];

    private static Suggestion Count(string things) => new($"How many {things} are there?", English);

    private static Suggestion Point(string things) => new($"Point to the {things}.", English);

    /// <summary>One to count, one to point to, and so on.</summary>
    private static IEnumerable<Suggestion> InTurn(IEnumerable<string> things)
        => things.Distinct().Select((thing, at) => at % 2 == 0 ? Count(thing) : Point(thing));

    private static IEnumerable<string> Known(Knowledge knows, IEnumerable<string> names)
        => names.Select(name => knows.Find(name.Trim())?.Many).OfType<string>();

    private static IEnumerable<string> Mixed(Knowledge knows, string photo) => knows.Things.Select(thing => thing.Many)
        .OrderBy(
            thing => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{photo} {thing}"))),
            StringComparer.Ordinal);

    /// <summary>Of names of any kind those that a question can be made of, in the plural.</summary>
    private static IEnumerable<string> Plain(IEnumerable<string> names)
        => names.Where(name => PlainName().IsMatch(name)).Select(EnglishNoun.Many);

    private static IEnumerable<string> Named(Claim? claim)
        => claim?.Groups.Where(group => group.Count > 0).Select(group => group.Noun) ?? [];

    [GeneratedRegex("^(?!the |a |an )[a-z]+( [a-z]+){0,2}$")]
    private static partial Regex PlainName();

    private static ImmutableArray<Suggestion> Choose(
        ImmutableArray<Suggestion> offered, IEnumerable<string> asked, int count)
    {
        var before = asked.Select(Plain).ToHashSet();
        return [
            .. offered.DistinctBy(one => Plain(one.Text)).Where(one => !before.Contains(Plain(one.Text))).Take(count)];
    }

    private static string Plain(string question) => question.Trim().TrimEnd('.', '?', '!', ' ').ToUpperInvariant();
}
