namespace Molmo.Demo.Inference.Engine;

/// <summary>How busy an engine is.</summary>
/// <param name="Running">Sequences in the running batch.</param>
/// <param name="Waiting">Sequences accepted and not running: new ones, and preempted ones.</param>
/// <param name="Steps">Forward passes since the engine began.</param>
/// <param name="FreeBlocks">Key/value blocks that no sequence holds.</param>
public readonly record struct EngineStatistics(int Running, int Waiting, long Steps, int FreeBlocks);
