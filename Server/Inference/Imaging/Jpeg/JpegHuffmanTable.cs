namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>
/// A Huffman code made ready for decoding: codes of up to ten bits by one look-up, longer ones by comparing with the
/// first code of the next length.
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

    // Left-aligned in 16 bits, for each length: the first code that is longer, and the distance from code to symbol
    // index.
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
                if (code >= 1 << length)
                    throw new InvalidImageException(
                        ImageFault.Damaged, "A Huffman table has more codes than its lengths allow.");
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
            if (value is >= sbyte.MinValue and <= sbyte.MaxValue)
                _coefficients[bits] = (short)(value << 8 | run << 4 | length + size);
        }
    }
}

/// <summary>
/// The typical Huffman tables of T.81 annex K, for files that have none of their own: frames cut from motion JPEG.
/// </summary>
internal static class JpegStandardTables
{
    public static HuffmanSpecification LuminanceDc { get; } = new(
        [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);

    public static HuffmanSpecification ChrominanceDc { get; } = new(
        [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);

    public static HuffmanSpecification LuminanceAc { get; } = new(
        [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7D],
        Convert.FromHexString(
            "01020300041105122131410613516107227114328191A1082342B1C11552D1F02433627282090A16"
                + "1718191A25262728292A3435363738393A" +
            "434445464748494A535455565758595A636465666768696A737475767778797A838485868788898A"
                + "92939495969798999AA2A3A4A5A6A7A8A9AA" +
            "B2B3B4B5B6B7B8B9BAC2C3C4C5C6C7C8C9CAD2D3D4D5D6D7D8D9DAE1E2E3E4E5E6E7E8E9EAF1F2F3F4F5F6F7F8F9FA"));

    public static HuffmanSpecification ChrominanceAc { get; } = new(
        [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77],
        Convert.FromHexString(
            "000102031104052131061241510761711322328108144291A1B1C109233352F0156272D10A162434"
                + "E125F11718191A262728292A35363738393A" +
            "434445464748494A535455565758595A636465666768696A737475767778797A8283848586878889"
                + "8A92939495969798999AA2A3A4A5A6A7A8A9AA" +
            "B2B3B4B5B6B7B8B9BAC2C3C4C5C6C7C8C9CAD2D3D4D5D6D7D8D9DAE2E3E4E5E6E7E8E9EAF2F3F4F5F6F7F8F9FA"));
}

/// <summary>A Huffman code as a file writes it down.</summary>
/// <param name="Counts">Codes of 1 to 16 bits, [16].</param>
/// <param name="Symbols">In the order of their codes.</param>
internal sealed record HuffmanSpecification(byte[] Counts, byte[] Symbols);
