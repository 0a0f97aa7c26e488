using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Scenes;

/// <summary>All kinds that scenes are made of.</summary>
internal static class Kinds
{
    private static readonly (string Name, SKColor Colour)[] Colours =
    [
        ("red", new SKColor(222, 52, 47)), ("green", new SKColor(40, 168, 72)), ("blue", new SKColor(38, 90, 220)),
        ("yellow", new SKColor(242, 210, 38)),
    ];

    public static IReadOnlyList<Kind> All { get; } =
    [
        Sprite("apple"), Sprite("banana"), Sprite("strawberry", "strawberries"), Sprite("carrot"), Sprite("cat"),
        Sprite("dog"), Sprite("frog"), Sprite("penguin"), Sprite("fish", "fish"), Sprite("car"), Sprite("house"),
        Sprite("tree"), Sprite("flower"), Sprite("balloon"), Sprite("heart"), Sprite("football"),
        Sprite("bee"), Sprite("bell"), Sprite("bicycle"), Sprite("bird"), Sprite("boat"), Sprite("book"),
        Sprite("butterfly", "butterflies"), Sprite("cake"), Sprite("cherry", "cherries"), Sprite("clock"),
        Sprite("crown"), Sprite("cup"), Sprite("duck"), Sprite("gift"), Sprite("key"), Sprite("lemon"),
        Sprite("mushroom"), Sprite("panda"), Sprite("rabbit"), Sprite("rocket"), Sprite("snail"), Sprite("star"),
        Sprite("turtle"), Sprite("umbrella"),
        .. Colours.SelectMany(colour => ((string[])["circle", "square", "triangle"]).Select(shape => new ShapeKind(
            $"{colour.Name} {shape}", $"{colour.Name} {shape}s", shape, colour.Colour))),
    ];

    /// <summary>Of blood smears.</summary>
    public static IReadOnlyList<Kind> Cells { get; } =
    [
        new NamedKind("red blood cell", "red blood cells"), new NamedKind("white blood cell", "white blood cells"),
        new NamedKind("platelet", "platelets"),
    ];

    private static SpriteKind Sprite(string one, string? many = null) => new(one, many ?? $"{one}s");
}
