namespace Molmo.Demo.Client.Chat;

/// <summary>What is said of answers that were made before, in sentences.</summary>
public static class StoredWords
{
    /// <summary>Stands for the stored answer where turns have their id.</summary>
    public const string Turn = "stored";

    /// <summary>Asks the same question of the server.</summary>
    public static string Run => T("Run it again");

    /// <summary>What that proves.</summary>
    public static string RunMeaning => T("Asks this server the same with the same settings, and compares.");

    /// <summary>
    /// The mark by which nobody takes it for an answer of this moment: <c>Stored answer · molmo-tiny fe64d78f · 21
    /// November 2026</c>.
    /// </summary>
    public static string Mark(StoredAnswer stored) => T("Stored answer · {0} {1} · {2}", stored.Stamp.Model,
        stored.Stamp.Revision, stored.Date.ToString(T("d MMMM yyyy"), Culture));

    /// <summary>All that made it.</summary>
    public static string Stamp(StoredAnswer stored)
        => T("{0}, {1}, engine {2}", stored.Stamp.Precision, Words.Of(stored.Stamp.Device), stored.Stamp.EngineVersion);
}
