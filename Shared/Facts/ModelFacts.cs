using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Shared.Facts;

// What can be said about the model, what it computes on, and the machine that it is on.

/// <summary>The managed engine on a processor.</summary>
public sealed record CpuVectors(int Bits, [Counted] int Threads) : Fact;

/// <summary>libtorch on a processor.</summary>
public sealed record CpuLibTorch(string Library, [Counted] int Threads) : Fact;

/// <summary>libtorch on a GPU.</summary>
public sealed record GpuLibTorch(string Name, string Library) : Fact;

/// <summary>libtorch on a processor, before it is loaded.</summary>
public sealed record CpuChosen : Fact;

/// <summary>libtorch on a GPU, before it is loaded.</summary>
public sealed record GpuChosen(int Number) : Fact;

/// <summary>A thing that was asked for and is not among those that the model says it knows.</summary>
public sealed record ThingUnknown(string Noun, [Counted] int Things) : Fact;

/// <summary>Its weights come from the disk.</summary>
public sealed record LoadingModel : Fact;

/// <summary>Its files come from the Hub.</summary>
public sealed record FetchingModel(ModelProgress Progress) : Fact;

/// <summary>Nothing here answers.</summary>
public sealed record NoModel : Fact;

/// <summary>It will never be ready; the log says why.</summary>
public sealed record ModelNotLoaded : Fact;

/// <summary>It will never be ready, and why.</summary>
public sealed record ModelRefused(string Reason) : Fact;

/// <summary>The second model will never be ready.</summary>
public sealed record CheckpointFailed(string Name) : Fact;

/// <summary>The second model is on its way.</summary>
public sealed record CheckpointNotReady(string Name) : Fact;

/// <summary>What it computes on is gone until the process starts again.</summary>
public sealed record DeviceLost : Fact;

/// <summary>An answer found no room on the device.</summary>
public sealed record MemoryTooSmall : Fact;

/// <summary>No token came in time.</summary>
public sealed record ModelSilent(int Seconds) : Fact;

/// <summary>It failed before the first token.</summary>
public sealed record ModelFailed : Fact;

/// <summary>It failed in the middle of an answer; what is kept of it.</summary>
public sealed record ModelStopped(int Words, int Points) : Fact;

/// <summary>The link to the inference machine is new.</summary>
public sealed record MachineConnecting : Fact;

/// <summary>The inference machine cannot be reached.</summary>
public sealed record MachineAway : Fact;

/// <summary>The inference machine has another key.</summary>
public sealed record MachineRefusesKey : Fact;

/// <summary>The inference machine gives no status.</summary>
public sealed record MachineSilent : Fact;

/// <summary>The inference machine did not come back in time.</summary>
public sealed record MachineAwayTooLong : Fact;

/// <summary>The inference machine had a fault.</summary>
public sealed record MachineFailed : Fact;

/// <summary>The picture did not reach the inference machine.</summary>
public sealed record PhotoNotSent : Fact;

/// <summary>The inference machine refused the picture.</summary>
public sealed record PhotoNotTaken : Fact;

/// <summary>An inference machine without a key was called from elsewhere.</summary>
public sealed record KeyNotSet : Fact;

/// <summary>A call of an inference machine without its key.</summary>
public sealed record KeyWrong(string Header) : Fact;
