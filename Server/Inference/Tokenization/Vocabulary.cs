using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Molmo.Demo.Inference.Tokenization;

/// <summary>Ids and bytes of all tokens.</summary>
internal sealed class Vocabulary
{
    private readonly byte[] _bytes;
    private readonly int[] _starts;

    // Open addressing: the upper half of a slot is the hash, the lower the id + 1; 0 is free.
    private readonly ulong[] _slots;
    private readonly int _mask;

    /// <param name="names">Tokens by id, as the file writes them; null for an id that is not used.</param>
    /// <param name="entries">Those that the model makes by merging, with their ids.</param>
    public Vocabulary(IReadOnlyList<string?> names, IReadOnlyDictionary<string, int> entries)
    {
        _starts = new int[names.Count + 1];
        var bytes = new ArrayBufferWriter<byte>(names.Count * 8 + 1);
        for (int id = 0; id < names.Count; id++)
        {
            if (names[id] is { } name) AppendBytes(name, bytes);
            _starts[id + 1] = bytes.WrittenCount;
        }
        _bytes = bytes.WrittenSpan.ToArray();

        _slots = new ulong[BitOperations.RoundUpToPowerOf2((uint)Math.Max(entries.Count, 1) * 2)];
        _mask = _slots.Length - 1;
        // A token with a character outside the byte alphabet is no sequence of bytes that merging could make.
        foreach (var (token, id) in entries)
            if (ByteAlphabet.Writes(token)) Insert(id);
    }

    /// <summary>One more than the highest id; some below may be unused.</summary>
    public int Count => _starts.Length - 1;

    /// <summary>What a token stands for; empty for an unused id and for ids outside the vocabulary.</summary>
    public ReadOnlySpan<byte> BytesOf(int id)
        => (uint)id < (uint)Count ? _bytes.AsSpan(_starts[id].._starts[id + 1]) : default;

    /// <summary>Id of the token of the model with these bytes, or -1.</summary>
    public int IdOf(ReadOnlySpan<byte> bytes)
    {
        uint hash = Hash(bytes);
        for (int slot = (int)hash & _mask; _slots[slot] != 0; slot = (slot + 1) & _mask)
        {
            if (_slots[slot] >> 32 != hash) continue;
            int id = (int)(uint)_slots[slot] - 1;
            if (bytes.SequenceEqual(BytesOf(id))) return id;
        }
        return -1;
    }

    private static void AppendBytes(string name, ArrayBufferWriter<byte> bytes)
    {
        if (ByteAlphabet.TryGetBytes(name, bytes.GetSpan(name.Length))) bytes.Advance(name.Length);
        else Encoding.UTF8.GetBytes(name, bytes);
    }

    private void Insert(int id)
    {
        uint hash = Hash(BytesOf(id));
        int slot = (int)hash & _mask;
        while (_slots[slot] != 0) slot = (slot + 1) & _mask;
        _slots[slot] = ((ulong)hash << 32) | (uint)(id + 1);
    }

    private static uint Hash(ReadOnlySpan<byte> bytes)
    {
        const ulong Multiplier = 0x9E3779B97F4A7C15;
        ulong hash = (ulong)bytes.Length * Multiplier;
        while (bytes.Length >= 8)
        {
            hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * Multiplier;
            hash ^= hash >> 29;
            bytes = bytes[8..];
        }
        ulong tail = 0;
        if (bytes.Length >= 4)
        {
            // The two reads overlap for 5 to 7 bytes, which loses nothing.
            tail = BinaryPrimitives.ReadUInt32LittleEndian(bytes)
                | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]) << 32);
        }
        else if (bytes.Length > 0)
        {
            tail = bytes[0] | ((ulong)bytes[bytes.Length >> 1] << 8) | ((ulong)bytes[^1] << 16);
        }
        hash = (hash ^ tail) * Multiplier;
        return (uint)(hash >> 32);
    }
}
