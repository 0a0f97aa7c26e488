using Molmo.Demo.Server.Engines;

namespace Molmo.Demo.Lab.Training;

/// <summary>
/// Labels of a model's <c>knows.json</c>, by numbers from 1 in the file's order; none without the file.
/// </summary>
internal static class KnownLabels
{
    /// <exception cref="CommandException">The file is there and cannot be used.</exception>
    public static IReadOnlyDictionary<string, int> Read(string folder)
    {
        var things = KnowledgeFile.Read(folder, fault => throw new CommandException(fault))?.Things ?? [];
        return things.Index().ToDictionary(thing => thing.Item.Many, thing => thing.Index + 1);
    }
}
