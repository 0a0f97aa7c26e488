using Microsoft.Extensions.Localization;
using Molmo.Demo.Client.Chat;

namespace Molmo.Demo.Client.Localization;

/// <summary>
/// Words for facts. They are in <c>Resources/Facts.resx</c> and its translations under the name of the record, or with
/// <c>|one</c>, <c>|few</c> and so on behind it where a number decides; <c>{0}</c> is the record's first argument.
/// </summary>
public static class Words
{
    private static readonly IStringLocalizer Facts = Texts.Open("Facts");

    /// <summary>In the reader's language.</summary>
    public static string Of(Fact fact) => fact switch
    {
        EarlierWords earlier => earlier.Text,
        FetchingModel fetching => ModelWords.Doing(fetching.Progress),
        ModelStopped stopped => Say(
            Facts[nameof(ModelStopped)],
            Count($"{nameof(ModelStopped)}.{nameof(stopped.Words)}", stopped.Words),
            Count($"{nameof(ModelStopped)}.{nameof(stopped.Points)}", stopped.Points)),
        _ => Of(fact, FactKind.Of(fact.GetType())),
    };

    /// <summary>In a language.</summary>
    public static string Of(Fact fact, Language language) => Texts.In(language, () => Of(fact));

    /// <summary>
    /// What a remark says beside its kind: the piece of text it is about, or how the question was asked.
    /// </summary>
    public static string Of(Noted note) => note.Fact is { } fact ? Of(fact) : note.Detail;

    /// <summary>An event for a caller who makes no words: with those of its fact, in the reader's language.</summary>
    public static GenerationEvent On(GenerationEvent e) => e switch
    {
        Failed failed => failed with { Message = Of(failed.Fact) },
        Noted { Fact: { } fact } note => note with { Message = Of(fact) },
        Started started => started with { Stamp = On(started.Stamp) },
        _ => e,
    };

    /// <summary>The same in a language.</summary>
    public static GenerationEvent On(GenerationEvent e, Language language) => Texts.In(language, () => On(e));

    /// <summary>A stamp for such a caller.</summary>
    public static EngineStamp On(EngineStamp stamp) => stamp with { Device = new EarlierWords(Of(stamp.Device)) };

    /// <summary>A document for such a caller.</summary>
    public static AnswerDocument On(AnswerDocument document) => document with
    {
        Notes =
        [
            .. document.Notes.Select(
                note => note.Fact is { } fact ? note with { Detail = Of(fact), Fact = null } : note)
        ],
        Stamp = document.Stamp is { } stamp ? On(stamp) : null,
    };

    private static string Of(Fact fact, FactKind kind)
        => Say(
            kind.CountOf(fact) is { } number ? Form(kind.Type.Name, number) : Facts[kind.Type.Name],
            kind.ArgumentsOf(fact));

    private static string Count(string key, int number) => Say(Form(key, number), number);

    private static string Form(string key, long number)
        => Facts[$"{key}|{Texts.Current.PluralForm(number)}"] is { ResourceNotFound: false } form
            ? form
            : Facts[$"{key}|other"];

    private static string Say(string text, params object?[] values) => string.Format(Texts.Culture, text, values);
}
