using System.Globalization;
using Molmo.Demo.Shared.Images;

namespace Molmo.Demo.Client.Chat;

/// <summary>What is said of answers that were made before, in sentences.</summary>
public static class StoredWords
{
    /// <summary>Stands for the stored answer where turns have their id.</summary>
    public const string Turn = "stored";

    /// <summary>Asks the same question of the server.</summary>
    public const string Run = "Run it again";

    /// <summary>What that proves.</summary>
    public const string RunMeaning = "Asks this server the same with the same settings, and compares.";

    /// <summary>The mark by which nobody takes it for an answer of this moment: <c>Stored answer · molmo-tiny d8995b1c · 21 November 2026</c>.</summary>
    public static string Mark(StoredAnswer stored) => string.Create(CultureInfo.InvariantCulture,
        $"Stored answer · {stored.Stamp.Model} {stored.Stamp.Revision} · {stored.Date:d MMMM yyyy}");

    /// <summary>All that made it.</summary>
    public static string Stamp(StoredAnswer stored)
        => $"{stored.Stamp.Precision}, {stored.Stamp.Device}, engine {stored.Stamp.EngineVersion}";
}
