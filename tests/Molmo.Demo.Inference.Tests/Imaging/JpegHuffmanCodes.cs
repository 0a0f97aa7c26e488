using Molmo.Demo.Inference.Imaging.Jpeg;

namespace Molmo.Demo.Inference.Tests.Imaging;

/// <summary>A Huffman code made ready for encoding.</summary>
internal sealed class JpegHuffmanCodes
{
    // [256], by symbol.
    private readonly ushort[] _codes = new ushort[256];
    private readonly byte[] _lengths = new byte[256];

    public JpegHuffmanCodes(HuffmanSpecification specification)
    {
        var (code, index) = (0, 0);
        for (var length = 1; length <= specification.Counts.Length; length++, code <<= 1)
        {
            for (var i = 0; i < specification.Counts[length - 1]; i++, code++, index++)
            {
                _codes[specification.Symbols[index]] = (ushort)code;
                _lengths[specification.Symbols[index]] = (byte)length;
            }
        }
    }

    /// <summary>The bits of a symbol and how many they are.</summary>
    public (uint Code, int Length) this[int symbol] => (_codes[symbol], _lengths[symbol]);
}
