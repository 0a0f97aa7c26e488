using Molmo.Demo.Lab.Data.Scenes;

namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Generators of examples by name.</summary>
internal static class Generators
{
    /// <summary>What is called a pass of a generator, which never ends.</summary>
    public const long Count = 100_000;

    private static readonly Dictionary<string, Func<long, double, IExampleSource>> Known = new()
    {
        ["scenes"] = (seed, scale) => new SceneGenerator(seed, scale),
        ["few-scenes"] = (seed, scale) => new SceneGenerator(seed, scale, SceneLevel.Few),
        ["hard-scenes"] = (seed, scale) => new SceneGenerator(seed, scale, SceneLevel.Many),
        ["settings"] = (seed, scale) => new SettingGenerator(seed, scale),
        ["microscope"] = (seed, scale) => new MicroscopeGenerator(seed, scale),
        ["clocks"] = (seed, _) => new ClockGenerator(seed),
        ["charts"] = (seed, _) => new ChartGenerator(seed),
        ["tables"] = (seed, _) => new TableGenerator(seed),
        ["diagrams"] = (seed, _) => new DiagramGenerator(seed),
        ["explanations"] = (seed, _) => new PointExplanationGenerator(seed),
        ["text"] = (seed, _) => new TextGenerator(seed),
    };

    public static IReadOnlyCollection<string> Names => Known.Keys;

    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="seed">The same seed gives the same examples.</param>
    /// <param name="scale">Of the pictures' sides, for those that can be drawn larger.</param>
    /// <exception cref="CommandException">There is none of that name.</exception>
    public static IExampleSource ByName(string name, long seed, double scale = 1)
        => Known.TryGetValue(name, out var make)
        ? make(seed, scale)
        : throw new CommandException($"There is no generator {name}; there are {string.Join(", ", Known.Keys)}.");
}
