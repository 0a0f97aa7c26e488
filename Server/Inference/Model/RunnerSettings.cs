namespace Molmo.Demo.Inference.Model;

/// <summary>What a runner may use of the machine.</summary>
/// <param name="KeyValueBlocks">Blocks of key/value memory, at least 1.</param>
/// <param name="Threads">Threads of the kernels; 0 for one a core.</param>
/// <param name="Weights">How the large matrices are kept.</param>
public sealed record RunnerSettings(int KeyValueBlocks, int Threads, WeightPrecision Weights = WeightPrecision.Float32);
