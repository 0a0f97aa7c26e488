using System.Buffers.Binary;

namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>
/// Bits of entropy-coded data, most significant first, with stuffed zeros taken out. Stops at markers: behind one,
/// zeros are handed out and the shortage is noted, as the reference does.
/// </summary>
internal ref struct JpegBitReader(ReadOnlySpan<byte> file, int position)
{
    private const ulong LowBits = 0x0101010101010101;
    private const ulong HighBits = 0x8080808080808080;

    private readonly ReadOnlySpan<byte> _file = file;
    private bool _stopped;
    private bool _atEnd;

    /// <summary>
    /// Bits read ahead, from the top; zeros below <see cref="Count"/>, but for the start of the next byte.
    /// </summary>
    public ulong Bits;

    /// <summary>Valid bits of <see cref="Bits"/>; negative after more were taken than there were.</summary>
    public int Count;

    /// <summary>Offset of the next byte, or of the marker that was met.</summary>
    public int Position { readonly get; private set; } = position;

    /// <summary>Whether bits were wanted behind a marker since the last restart: blocks are then left out.</summary>
    public bool IsShort { readonly get; private set; }

    /// <summary>Reads ahead to at least 48 bits where there are as many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill()
    {
        if (Position <= _file.Length - sizeof(ulong))
        {
            var next = BinaryPrimitives.ReadUInt64BigEndian(_file[Position..]);
            // No byte is 0xFF: of the inverted bytes none is zero.
            if ((~next - LowBits & next & HighBits) == 0 && !_stopped)
            {
                Bits |= next >> Count;
                var bytes = 63 - Count >> 3;
                Position += bytes;
                Count += bytes * 8;
                return;
            }
        }
        FillBytewise();
    }

    /// <summary>The next <paramref name="count"/> bits, 1 to 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Read(int count)
    {
        if (Count < count) Fill();
        var value = (int)(Bits >> 64 - count);
        Bits <<= count;
        Count -= count;
        return value;
    }

    /// <summary>The next symbol of a code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadSymbol(JpegHuffmanTable table)
    {
        if (Count < 17) Fill();
        int entry = table.Lookup[(int)(Bits >> 64 - JpegHuffmanTable.LookupBits)];
        if (entry == 0) entry = table.FindLong((int)(Bits >> 48));
        Bits <<= entry >> 8;
        Count -= entry >> 8;
        return entry & 255;
    }

    /// <summary>
    /// A signed value of <paramref name="size"/> bits, 1 to 15, as T.81 codes differences and coefficients (F.2.2.1).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadSigned(int size)
    {
        var value = Read(size);
        return value < 1 << size - 1 ? value - (1 << size) + 1 : value;
    }

    /// <summary>To be called behind each MCU: turns a shortage into the state it leads to.</summary>
    /// <exception cref="InvalidImageException">The file ends here.</exception>
    public void NoteShortage()
    {
        if (Count >= 0) return;
        if (_atEnd)
            throw new InvalidImageException(
                ImageFault.Incomplete, $"The file ends at byte {_file.Length}, before its picture does.");
        (Bits, Count) = (0, 0);
        IsShort = true;
    }

    /// <summary>
    /// Goes on behind the restart marker that belongs here, or stays short where another one comes first.
    /// </summary>
    /// <param name="expected">0 to 7.</param>
    /// <exception cref="InvalidImageException">No marker follows.</exception>
    public void Restart(int expected)
    {
        (Bits, Count) = (0, 0);
        while (true)
        {
            var marker = SeekMarker();
            if (!JpegMarker.IsRestart(marker) && marker >= JpegMarker.Sof0) break;

            // One or two ahead: the wanted one is lost, and this one is for later. Behind, or no marker of a picture:
            // pass it. Any other number is taken as the wanted one.
            var ahead = marker - JpegMarker.Rst0 - expected & 7;
            if (JpegMarker.IsRestart(marker) && ahead is 1 or 2) break;
            Position += 2;
            _stopped = false;
            if (!JpegMarker.IsRestart(marker) || ahead is 6 or 7) continue;
            IsShort = false;
            return;
        }
        IsShort = true;
    }

    private byte SeekMarker()
    {
        var at = JpegReader.FindMarker(_file, Position);
        if (at < 0)
            throw new InvalidImageException(
                ImageFault.Incomplete, $"The file ends at byte {_file.Length}, before its picture does.");
        Position = at;
        _stopped = true;
        return _file[at + 1];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FillBytewise()
    {
        if (_stopped) return;
        while (Count <= 56)
        {
            if (Position >= _file.Length)
            {
                _stopped = _atEnd = true;
                return;
            }
            var value = _file[Position];
            if (value == 0xFF)
            {
                var behind = Position + 1;
                while (behind < _file.Length && _file[behind] == 0xFF) behind++;
                if (behind >= _file.Length)
                {
                    _stopped = _atEnd = true;
                    return;
                }
                if (_file[behind] != 0)
                {
                    Position = behind - 1;
                    _stopped = true;
                    return;
                }
                Position = behind;
            }
            Bits |= (ulong)value << 56 - Count;
            Count += 8;
            Position++;
        }
    }
}
