namespace Molmo.Demo.Server.Web.Sockets;

/// <summary>Slots that share one limit, such as those of one visitor. Not safe for threads.</summary>
/// <param name="limit">How many.</param>
/// <param name="place">The visitor or the address; null where it is for everybody.</param>
internal sealed class SocketGroup(int limit, string? place = null)
{
    /// <summary>
    /// How long a slot without handshake is left alone by others of its own visitor or address: who opens hundreds is
    /// told to wait, and who comes back after a cut is not held up by what was cut.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // The oldest first.
    private readonly List<SocketSlot> _slots = [];

    /// <summary>The visitor or the address; null where it is for everybody.</summary>
    public string? Place { get; } = place;

    public int Count => _slots.Count;

    public void Add(SocketSlot slot) => _slots.Add(slot);

    /// <returns>Whether it was there.</returns>
    public bool Remove(SocketSlot slot) => _slots.Remove(slot);

    /// <summary>Finds room for one more.</summary>
    /// <param name="leaving">Slots that go; the one that must go here, too, is added.</param>
    /// <returns>False where the group is full of slots that stay.</returns>
    public bool MakeRoom(HashSet<SocketSlot> leaving)
    {
        if (_slots.Count < limit || _slots.Exists(leaving.Contains)) return true;
        return _slots.Find(slot => !slot.IsShaken) is { } oldest
            && (Place is null || oldest.Age >= Patience) && leaving.Add(oldest);
    }
}
