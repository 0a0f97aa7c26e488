using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Scenes;

/// <summary>A place where things are at home.</summary>
/// <param name="Name">As a gallery's file calls it.</param>
/// <param name="Things">Plurals of what is found there.</param>
/// <param name="Ground">
/// Where the ground begins, as a share of the height: what does not fly stands below, larger the nearer it is; 0 where
/// things lie or float anywhere.
/// </param>
/// <param name="HasShadows">Whether things on the ground throw shadows.</param>
/// <param name="Draw">Draws it, in shades of its own.</param>
internal sealed record Setting(
    string Name, string[] Things, double Ground, bool HasShadows, Action<SKCanvas, SKSizeI, Random> Draw)
{
    private static readonly HashSet<string> Flying =
        ["balloons", "bees", "birds", "butterflies", "hearts", "rockets", "stars"];

    public static IReadOnlyList<Setting> All { get; } =
    [
        new("ice", ["penguins", "birds", "boats"], 0.34, true, SettingBackdrop.Ice),
        new("sea", ["fish", "turtles"], 0, false, SettingBackdrop.Sea),
        new("meadow",
            [
                "balloons", "bees", "birds", "butterflies", "cats", "dogs", "ducks", "flowers", "footballs", "frogs",
                "houses", "mushrooms", "pandas", "rabbits", "snails", "trees",
            ],
            0.36, true, SettingBackdrop.Meadow),
        new("street", ["bicycles", "cars"], 0.5, true, SettingBackdrop.Street),
        new("table",
            [
                "apples", "bananas", "bells", "books", "cakes", "carrots", "cherries", "clocks", "crowns", "cups",
                "gifts", "keys", "lemons", "strawberries", "umbrellas",
            ],
            0, true, SettingBackdrop.Table),
        new("night", ["balloons", "hearts", "rockets", "stars"], 0, false, SettingBackdrop.Night),
        new("paper",
            [.. Scenes.Kinds.All.OfType<ShapeKind>().Select(kind => kind.Many)], 0, false, SettingBackdrop.Paper),
    ];

    /// <summary>What is found there.</summary>
    public IReadOnlyList<Kind> Kinds { get; } = [.. Scenes.Kinds.All.Where(kind => Things.Contains(kind.Many))];

    /// <summary>Whether a thing stands on the ground here.</summary>
    public bool IsOnGround(Kind kind) => Ground > 0 && !Flying.Contains(kind.Many);
}
