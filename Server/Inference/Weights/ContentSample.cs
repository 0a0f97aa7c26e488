using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Molmo.Demo.Inference.Weights;

/// <summary>Which bytes stand for long content where reading all of it would take too long.</summary>
internal static class ContentSample
{
    /// <summary>Content up to this length is taken whole.</summary>
    private const long WholeLength = 256L << 20;

    /// <summary>Of longer content: this many pieces, evenly spaced. Two trainings of one network differ in all of them.</summary>
    private const int PieceCount = 1024;

    private const int PieceLength = 4096;

    /// <summary>Bytes of short content that are read at a time.</summary>
    private const int WholePiece = 256 << 10;

    /// <param name="hash">Takes the sample.</param>
    /// <param name="file">Best opened for random access: from a mapping, each piece would bring its neighbours from the disk.</param>
    /// <param name="start">Where the content begins.</param>
    /// <param name="length">Bytes of the content.</param>
    /// <exception cref="IOException">The file cannot be read, or became shorter.</exception>
    public static void Append(IncrementalHash hash, SafeFileHandle file, long start, long length)
    {
        var buffer = new byte[WholePiece];
        if (length <= WholeLength)
        {
            for (var offset = 0L; offset < length; offset += WholePiece) Append(hash, file, start + offset, buffer.AsSpan(0, (int)Math.Min(WholePiece, length - offset)));
            return;
        }

        for (var piece = 0; piece < PieceCount; piece++)
            Append(hash, file, start + (piece * ((length - PieceLength) / (PieceCount - 1))), buffer.AsSpan(0, PieceLength));
    }

    private static void Append(IncrementalHash hash, SafeFileHandle file, long offset, Span<byte> buffer)
    {
        for (var done = 0; done < buffer.Length;)
        {
            var count = RandomAccess.Read(file, buffer[done..], offset + done);
            if (count == 0) throw new EndOfStreamException($"The file ends at byte {offset + done}, earlier than before.");
            done += count;
        }

        hash.AppendData(buffer);
    }
}
