using System.CommandLine;

namespace Molmo.Demo.Server.Commands;

/// <summary>The options that choose a checkpoint and its precision, the same for all commands.</summary>
internal static class ModelOption
{
    public static Option<string?> CreateWeights() => new("--weights")
    {
        Description = "How the weights are kept in memory: float32, bfloat16, int8, int4, or auto for the most exact that fits. Default: Molmo__Weights, else auto.",
        HelpName = "precision",
    };

    public static Option<string?> Create() => new("--model")
    {
        Description = "Folder of a checkpoint in Hugging Face layout, or OWNER/NAME[@REVISION] of the Hub. Default: Molmo__Model, else the one shipped with the program.",
        HelpName = "model",
    };
}
