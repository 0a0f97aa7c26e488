namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>Decodes the coefficients of one block in the baseline and extended sequential processes (T.81 F.2.2).</summary>
internal static class JpegSequentialBlock
{
    /// <param name="reader">At the block's first bit; behind its last afterwards.</param>
    /// <param name="component">Gives the tables and keeps the DC value of the block before.</param>
    /// <param name="block">[64] zeros in, coefficients out, row-major and not yet multiplied by their quantisers.</param>
    /// <returns>Stream position of the last coefficient that is not zero, or 0: then the block is flat.</returns>
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
