namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>
/// Decodes the coefficients of one block in the baseline and extended sequential processes (T.81 F.2.2).
/// </summary>
internal static class JpegSequentialBlock
{
    /// <param name="reader">At the block's first bit; behind its last afterwards.</param>
    /// <param name="component">Gives the tables and keeps the DC value of the block before.</param>
    /// <param name="block">[64] zeros in, coefficients out, row-major and not yet multiplied by their
    /// quantisers.</param>
    /// <returns>Stream position of the last coefficient that is not zero, or 0: then the block is flat.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Decode(ref JpegBitReader reader, JpegComponent component, scoped Span<short> block)
    {
        var size = reader.ReadSymbol(component.DcTable!);
        if (size != 0) component.Predictor += reader.ReadSigned(size);
        block[0] = (short)component.Predictor;

        var table = component.AcTable!;
        var lookup = table.Lookup;
        var coefficients = table.Coefficients;
        var zigZag = JpegConstants.ZigZag;
        var last = 0;
        // In locals, because the reader's own fields would be stored after every symbol.
        var (bits, count) = (reader.Bits, reader.Count);
        for (var k = 1; k < JpegConstants.BlockSize; k++)
        {
            // A code and its value take 31 bits at most.
            if (count < 32)
            {
                (reader.Bits, reader.Count) = (bits, count);
                reader.Fill();
                (bits, count) = (reader.Bits, reader.Count);
            }
            var next = (int)(bits >> 64 - JpegHuffmanTable.LookupBits);
            int whole = coefficients[next];
            if (whole != 0)
            {
                k += whole >> 4 & 15;
                bits <<= whole & 15;
                count -= whole & 15;
                block[zigZag[k]] = (short)(whole >> 8);
                last = k;
                continue;
            }
            int entry = lookup[next];
            if (entry == 0) entry = table.FindLong((int)(bits >> 48));
            bits <<= entry >> 8;
            count -= entry >> 8;
            var run = entry >> 4 & 15;
            size = entry & 15;
            if (size == 0)
            {
                if (run != 15) break;
                k += 15;
                continue;
            }
            k += run;
            var value = (int)(bits >> 64 - size);
            bits <<= size;
            count -= size;
            if (value < 1 << size - 1) value -= (1 << size) - 1;
            block[zigZag[k]] = (short)value;
            last = k;
        }
        (reader.Bits, reader.Count) = (bits, count);
        return last;
    }
}

/// <summary>Decodes what one scan of the progressive process adds to a block (T.81 G.2).</summary>
internal static class JpegProgressiveBlock
{
    /// <summary>First scan of DC: the high bits of the value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void DecodeDcFirst(
        ref JpegBitReader reader, JpegComponent component, int low, scoped Span<short> block)
    {
        var size = reader.ReadSymbol(component.DcTable!);
        if (size != 0) component.Predictor += reader.ReadSigned(size);
        block[0] = (short)(component.Predictor << low);
    }

    /// <summary>A later scan of DC: one more bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void DecodeDcRefine(ref JpegBitReader reader, int low, scoped Span<short> block)
    {
        if (reader.Read(1) != 0) block[0] |= (short)(1 << low);
    }

    /// <summary>
    /// First scan of a band of AC coefficients. <paramref name="endOfBand"/> is carried from block to block: for how
    /// many more the band is zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void DecodeAcFirst(
        ref JpegBitReader reader, JpegScan scan, JpegHuffmanTable table, ref int endOfBand, scoped Span<short> block)
    {
        if (endOfBand > 0)
        {
            endOfBand--;
            return;
        }
        for (var k = scan.First; k <= scan.Last; k++)
        {
            var symbol = reader.ReadSymbol(table);
            var (run, size) = (symbol >> 4, symbol & 15);
            if (size != 0)
            {
                k += run;
                block[JpegConstants.ZigZag[k]] = (short)(reader.ReadSigned(size) << scan.Low);
            }
            else if (run == 15)
            {
                k += 15;
            }
            else
            {
                endOfBand = (1 << run) - 1;
                if (run != 0) endOfBand += reader.Read(run);
                break;
            }
        }
    }

    /// <summary>
    /// A later scan of a band: one more bit for every coefficient that is not zero, and new ones of that one bit.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void DecodeAcRefine(
        ref JpegBitReader reader, JpegScan scan, JpegHuffmanTable table, ref int endOfBand, scoped Span<short> block)
    {
        var k = scan.First;
        if (endOfBand == 0)
        {
            for (; k <= scan.Last; k++)
            {
                var symbol = reader.ReadSymbol(table);
                var (run, size) = (symbol >> 4, symbol & 15);
                var added = 0;
                if (size != 0)
                {
                    // Sizes above 1 are damage; one bit is taken all the same.
                    added = reader.Read(1) != 0 ? 1 << scan.Low : -1 << scan.Low;
                }
                else if (run != 15)
                {
                    endOfBand = 1 << run;
                    if (run != 0) endOfBand += reader.Read(run);
                    break;
                }
                k = Refine(ref reader, scan, block, k, run);
                if (added != 0) block[JpegConstants.ZigZag[k]] = (short)added;
            }
        }
        if (endOfBand == 0) return;
        Refine(ref reader, scan, block, k, JpegConstants.BlockSize);
        endOfBand--;
    }

    // Refines what is not zero and passes over `zeros` zeros; returns where the next zero is, or a place behind the
    // band.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Refine(ref JpegBitReader reader, JpegScan scan, scoped Span<short> block, int k, int zeros)
    {
        for (; k <= scan.Last; k++)
        {
            ref var coefficient = ref block[JpegConstants.ZigZag[k]];
            if (coefficient == 0)
            {
                if (--zeros < 0) break;
            }
            else if (reader.Read(1) != 0 && (coefficient & 1 << scan.Low) == 0)
            {
                coefficient += (short)(coefficient > 0 ? 1 << scan.Low : -1 << scan.Low);
            }
        }
        return k;
    }
}
