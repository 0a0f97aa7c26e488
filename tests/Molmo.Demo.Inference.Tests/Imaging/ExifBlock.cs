using System.Buffers.Binary;

namespace Molmo.Demo.Inference.Tests.Imaging;

/// <summary>Builds EXIF blocks with one entry in the first directory.</summary>
internal static class ExifBlock
{
    public static byte[] Make(
        uint value, bool littleEndian = false, ushort tag = 0x0112, ushort type = 3, uint count = 1, uint offset = 8,
        ushort entries = 1)
    {
        var block = new byte[26];
        (littleEndian ? "II*\0"u8 : "MM\0*"u8).CopyTo(block);
        Write32(4, offset);
        Write16(8, entries);
        Write16(10, tag);
        Write16(12, type);
        Write32(14, count);
        if (type == 3) Write16(18, (ushort)value);
        else Write32(18, value);
        return block;

        void Write16(int at, ushort number)
        {
            if (littleEndian) BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(at), number);
            else BinaryPrimitives.WriteUInt16BigEndian(block.AsSpan(at), number);
        }

        void Write32(int at, uint number)
        {
            if (littleEndian) BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(at), number);
            else BinaryPrimitives.WriteUInt32BigEndian(block.AsSpan(at), number);
        }
    }
}
