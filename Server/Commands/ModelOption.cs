using System.CommandLine;

namespace Molmo.Demo.Server.Commands;

/// <summary>The option that names a checkpoint, the same for all commands.</summary>
internal static class ModelOption
{
    public static Option<string?> Create() => new("--model")
    {
        Description = "Folder of a checkpoint in Hugging Face layout, or OWNER/NAME[@REVISION] of the Hub. Default: Molmo__Model, else the one shipped with the program.",
        HelpName = "model",
    };
}
