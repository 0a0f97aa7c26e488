using Molmo.Demo.Lab.Data.Scenes;
using Molmo.Demo.Lab.Training;

namespace Molmo.Demo.Lab.Data;

/// <summary>Finds the examples that a part of a training names.</summary>
internal static class ExampleSources
{
    /// <exception cref="CommandException">There is no such generator or folder.</exception>
    public static IExampleSource Open(DataPart part)
    {
        if (part.Folder is { } folder)
            return File.Exists(Path.Combine(folder, ExampleFolder.FileName))
                ? ExampleFolder.Open(folder)
                : PhotoSource.Open(folder, part.Seed, part.LeaveOut);
        return Generators.Generators.ByName(part.Name, part.Seed);
    }
}
