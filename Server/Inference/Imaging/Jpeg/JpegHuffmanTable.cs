namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>
/// A Huffman code made ready for decoding: codes of up to ten bits by one look-up, longer ones by comparing with the first code
/// of the next length.
/// </summary>
internal sealed class JpegHuffmanTable
{
    /// <summary>Bits of a look-up.</summary>
    public const int LookupBits = 10;

    private const int MaxBits = 16;

    // [2^LookupBits]: length << 8 | symbol; 0 where the code is longer or does not exist.
    private readonly ushort[] _lookup = new ushort[1 << LookupBits];

    // [2^LookupBits]: value << 8 | zeros before it << 4 | bits of code and value together; 0 where they do not fit.
    private readonly short[] _coefficients = new short[1 << LookupBits];

    // Left-aligned in 16 bits, for each length: the first code that is longer, and the distance from code to symbol index.
    private readonly int[] _limit = new int[MaxBits + 2];
    private readonly int[] _offset = new int[MaxBits + 1];
    private readonly byte[] _symbols;

    /// <exception cref="InvalidImageException">The counts do not make a prefix code.</exception>
    public JpegHuffmanTable(HuffmanSpecification specification)
    {
        _symbols = specification.Symbols;
        var code = 0;
        var index = 0;
        for (var length = 1; length <= MaxBits; length++)
        {
            _offset[length] = index - code;
            for (var i = 0; i < specification.Counts[length - 1]; i++, code++, index++)
            {
                if (code >= 1 << length) throw new InvalidImageException(ImageFault.Damaged, "A Huffman table has more codes than its lengths allow.");
                if (length <= LookupBits) FillLookup(code, length, _symbols[index]);
            }
            _limit[length] = code << MaxBits - length;
            code <<= 1;
        }
        _limit[MaxBits + 1] = int.MaxValue;
        FillCoefficients();
        foreach (var symbol in _symbols) LargestSymbol = Math.Max(LargestSymbol, symbol);
    }

    /// <summary>Decides whether the table can code DC differences, whose symbols are sizes up to 15.</summary>
    public int LargestSymbol { get; }

    /// <summary>By the next ten bits: length &lt;&lt; 8 | symbol, or 0.</summary>
    public ReadOnlySpan<ushort> Lookup => _lookup;

    /// <summary>By the next ten bits, a whole coefficient: value &lt;&lt; 8 | run &lt;&lt; 4 | bits, or 0.</summary>
    public ReadOnlySpan<short> Coefficients => _coefficients;

    /// <summary>Finds a code longer than a look-up.</summary>
    /// <param name="bits">The next 16 bits.</param>
    /// <returns>length &lt;&lt; 8 | symbol; length 17 and symbol 0 where no code begins so.</returns>
    public int FindLong(int bits)
    {
        var length = LookupBits + 1;
        while (bits >= _limit[length]) length++;
        if (length > MaxBits) return length << 8;
        return length << 8 | _symbols[(bits >> MaxBits - length) + _offset[length]];
    }

    private void FillLookup(int code, int length, byte symbol)
        => _lookup.AsSpan(code << LookupBits - length, 1 << LookupBits - length).Fill((ushort)(length << 8 | symbol));

    private void FillCoefficients()
    {
        for (var bits = 0; bits < 1 << LookupBits; bits++)
        {
            var length = _lookup[bits] >> 8;
            var run = _lookup[bits] >> 4 & 15;
            var size = _lookup[bits] & 15;
            if (length == 0 || size == 0 || length + size > LookupBits) continue;
            var value = bits >> LookupBits - length - size & (1 << size) - 1;
            if (value < 1 << size - 1) value -= (1 << size) - 1;
            if (value is >= sbyte.MinValue and <= sbyte.MaxValue) _coefficients[bits] = (short)(value << 8 | run << 4 | length + size);
        }
    }
}
