using System.CommandLine;
using Molmo.Demo.Server.Hosting;

namespace Molmo.Demo.Server.Commands;

/// <summary>
/// The options that choose a checkpoint and how and where it is kept, the same for all commands that ask it.
/// </summary>
internal sealed class EngineSettings
{
    private readonly Option<string?> _model = new("--model")
    {
        Description = "Folder of a checkpoint in Hugging Face layout, or OWNER/NAME[@REVISION] of the Hub. "
            + "Default: Molmo__Model, else the one shipped with the program.",
        HelpName = "model",
    };

    private readonly Option<string?> _weights = CreateWeights();

    private readonly Option<string?> _device = new("--device")
    {
        Description = "What it computes on: cpu for the managed engine, cuda, "
            + "cuda:1 and so on for a GPU through libtorch, torch-cpu for the processor through libtorch, "
            + "or auto for a GPU where there is one, else the managed engine. Default: Molmo__Device, else auto.",
        HelpName = "device",
    };

    private readonly Option<string?> _libTorch = new("--libtorch")
    {
        Description = "Folder of libtorch. Default: Molmo__LibTorch, else the one that the program was built with.",
        HelpName = "folder",
    };

    /// <summary>For the command's list.</summary>
    public IEnumerable<Option> All => [_model, _weights, _device, _libTorch];

    public static Option<string?> CreateWeights() => new("--weights")
    {
        Description = "How the weights are kept in memory: float32, bfloat16, int8, int4 (through libtorch float32, "
            + "bfloat16, float16), or auto for the most exact that fits. Default: Molmo__Weights, else auto.",
        HelpName = "precision",
    };

    /// <exception cref="StartupException">A value is out of range.</exception>
    public MolmoOptions Read(ParseResult arguments) => MolmoHost.ReadOptions(
    [
        new("Molmo:Model", arguments.GetValue(_model)), new("Molmo:Weights", arguments.GetValue(_weights)),
        new("Molmo:Device", arguments.GetValue(_device)), new("Molmo:LibTorch", arguments.GetValue(_libTorch)),
    ]);
}
