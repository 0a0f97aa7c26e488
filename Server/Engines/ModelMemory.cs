using Molmo.Demo.Inference.Model;

namespace Molmo.Demo.Server.Engines;

/// <summary>
/// The memory that the checkpoints of this process share. It keeps count by itself: weights that are mapped and keys
/// that are not written yet are memory that the system still reports as free.
/// </summary>
/// <param name="freeBytes">Memory that this process may still take, as the system says.</param>
public sealed class ModelMemory(Func<long> freeBytes)
{
    private readonly Lock _gate = new();
    private readonly long _atStart = freeBytes();
    private long _taken;
    private long _reserved;

    public ModelMemory() : this(HostMemory.FreeBytes)
    {
    }

    /// <summary>What a checkpoint may count on now.</summary>
    public long FreeBytes
    {
        get { lock (_gate) return Math.Min(_atStart - _taken, freeBytes()) - _reserved; }
    }

    /// <summary>What is kept back for a checkpoint that is loaded later.</summary>
    public long ReservedBytes
    {
        get { lock (_gate) return _reserved; }
    }

    /// <summary>Whether a checkpoint can be loaded beside what is there.</summary>
    public bool HasRoomFor(long bytes) => bytes <= FreeBytes || WeightBudget.IsSmall(bytes);

    /// <summary>Keeps memory back for a checkpoint that is loaded later.</summary>
    public void Reserve(long bytes)
    {
        lock (_gate) _reserved = bytes;
    }

    /// <summary>Gives back what was kept: it is that checkpoint's turn.</summary>
    public void Release() => Reserve(0);

    /// <summary>Notes what a checkpoint has taken.</summary>
    public void Take(long bytes)
    {
        lock (_gate) _taken += bytes;
    }
}
