using System.Security.Cryptography;

namespace Molmo.Demo.Inference.Weights;

/// <summary>Which bytes stand for long content where reading all of it would take too long.</summary>
internal static class ContentSample
{
    /// <summary>Content up to this length is taken whole.</summary>
    private const long WholeLength = 256L << 20;

    /// <summary>Of longer content: this many pieces, evenly spaced. Two trainings of one network differ in all of them.</summary>
    private const int PieceCount = 1024;

    private const int PieceLength = 4096;

    /// <summary>Reads bytes of the content.</summary>
    public delegate ReadOnlySpan<byte> Reader(long offset, int length);

    /// <param name="hash">Takes the sample.</param>
    /// <param name="length">Bytes of the content.</param>
    /// <param name="read">Gives them; what it gave last need not stay.</param>
    public static void Append(IncrementalHash hash, long length, Reader read)
    {
        if (length <= WholeLength)
        {
            for (var start = 0L; start < length; start += WholeLength / PieceCount)
                hash.AppendData(read(start, (int)Math.Min(WholeLength / PieceCount, length - start)));
            return;
        }

        for (var piece = 0; piece < PieceCount; piece++)
            hash.AppendData(read(piece * ((length - PieceLength) / (PieceCount - 1)), PieceLength));
    }
}
