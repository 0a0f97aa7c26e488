using Dapper;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Server.Images;

namespace Molmo.Demo.Server.Sharing;

/// <summary>
/// What the photos of a chat are called in files of their owner: as they were when they were added, so that a file
/// finds them again, and no two alike. What is exported from a chat answer by answer can be put together.
/// </summary>
internal static class OwnNames
{
    /// <summary>Names of the photos of the chat that an answer belongs to, by content.</summary>
    public static ImmutableDictionary<string, string> Find(
        SqliteConnection connection, VisitorId visitor, GenerationId answer)
    {
        var photos = connection.Query<(string Hash, string Name)>(
            """
            SELECT i.hash, i.name FROM generations g JOIN images i ON i.id = g.image
            WHERE g.visitor = @visitor
                AND g.conversation = (SELECT conversation FROM generations WHERE id = @id AND visitor = @visitor)
            ORDER BY g.ordinal
            """,
            new { id = answer.Value, visitor = visitor.Value }).DistinctBy(photo => photo.Hash).ToList();
        return photos.Zip(Unlike([.. photos.Select(photo => photo.Name)]))
            .ToImmutableDictionary(pair => pair.First.Hash, pair => pair.Second);
    }

    /// <summary>
    /// The same names; a second one of a kind gets a number before its ending. They differ without their endings too,
    /// for which some programs have no eyes, and in more than capitals.
    /// </summary>
    public static ImmutableArray<string> Unlike(ImmutableArray<string> names)
    {
        names = [.. names.Select(Safe)];
        var (given, taken) = (names.Select(Key).ToHashSet(), new HashSet<string>());
        return [.. names.Select(name => taken.Add(Key(name)) ? name : Numbered(name))];

        string Numbered(string name)
        {
            var (stem, ending) = (Path.GetFileNameWithoutExtension(name), Path.GetExtension(name));
            for (var number = 2; ; number++)
            {
                var other = string.Create(CultureInfo.InvariantCulture, $"{stem}-{number}{ending}");
                // The photo that was called so from the beginning keeps its name.
                if (!given.Contains(Key(other)) && taken.Add(Key(other))) return other;
            }
        }
    }

    // A name is never a path or a device. What else some system forbids stays: on it no photo has such a name.
    private static string Safe(string name)
    {
        name = DisplayName.Of(name);
        if (name.Trim('.').Length == 0) return DisplayName.Of(null);
        return IsDevice(name.Split('.')[0].TrimEnd()) ? $"_{name}" : name;
    }

    private static bool IsDevice(string stem) => stem.ToUpperInvariant() is "CON" or "PRN" or "AUX" or "NUL"
        || (stem.Length == 4 && char.IsAsciiDigit(stem[3])
            && stem[..3].ToUpperInvariant() is "COM" or "LPT");

    private static string Key(string name)
        => Path.GetFileNameWithoutExtension(name).Normalize().ToUpperInvariant();
}
