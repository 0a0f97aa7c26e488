using Molmo.Demo.Lab.Data.Scenes;
using Molmo.Demo.Lab.Training;

namespace Molmo.Demo.Lab.Data;

/// <summary>Finds the examples that a part of a training names.</summary>
internal static class ExampleSources
{
    /// <exception cref="CommandException">
    /// There is no such generator or folder, or <see cref="DataPart.LeaveOut"/> is not for it.
    /// </exception>
    public static IExampleSource Open(DataPart part)
    {
        if (part.Folder is not { } folder) return Generators.Generators.ByName(part.Name, part.Seed);
        if (!File.Exists(Path.Combine(folder, ExampleFolder.FileName)))
            return PhotoSource.Open(folder, part.Seed, part.LeaveOut);
        return part.LeaveOut == 0
            ? ExampleFolder.Open(folder)
            : throw new CommandException(
                $"leaveOut is for photographs; {folder} has {ExampleFolder.FileName}. Take it away from {part.Name}.");
    }
}
