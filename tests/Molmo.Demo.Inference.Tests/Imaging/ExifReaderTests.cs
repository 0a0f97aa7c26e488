using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Inference.Tests.Imaging;

public class ExifReaderTests
{
    public static TheoryData<string, byte[], int> Blocks() => new()
    {
        { "big endian", ExifBlock.Make(6), 6 },
        { "little endian", ExifBlock.Make(8, littleEndian: true), 8 },
        { "as long", ExifBlock.Make(3, type: 4), 3 },
        { "as long, little endian", ExifBlock.Make(3, littleEndian: true, type: 4), 3 },
        { "value 1", ExifBlock.Make(1), 1 },
        { "value 0", ExifBlock.Make(0), 0 },
        { "value 9", ExifBlock.Make(9), 0 },
        { "value 65535", ExifBlock.Make(65535), 0 },
        { "value 65536 + 6", ExifBlock.Make(65542, type: 4), 0 },
        { "as byte", ExifBlock.Make(6, type: 1), 0 },
        { "as rational", ExifBlock.Make(6, type: 5), 0 },
        { "count 0", ExifBlock.Make(6, count: 0), 0 },
        { "count 2", ExifBlock.Make(6, count: 2), 0 },
        { "count 2^32 - 1", ExifBlock.Make(6, count: uint.MaxValue), 0 },
        { "another tag", ExifBlock.Make(6, tag: 0x0110), 0 },
        { "offset past the end", ExifBlock.Make(6, offset: 1000), 0 },
        { "offset 2^32 - 1", ExifBlock.Make(6, offset: uint.MaxValue), 0 },
        { "offset into the header", ExifBlock.Make(6, offset: 0), 0 },
        { "offset at the last byte", ExifBlock.Make(6, offset: 25), 0 },
        { "more entries than there are", ExifBlock.Make(6, entries: 65535), 6 },
        { "no entries", ExifBlock.Make(6, entries: 0), 0 },
        { "no byte order", [.. "XX*\0"u8, .. ExifBlock.Make(6).AsSpan(4)], 0 },
        { "empty", [], 0 },
    };

    [Theory]
    [MemberData(nameof(Blocks))]
    public void ReadOrientation_Block_GivesValueOrNothing(string block, byte[] data, int expected)
        => Assert.True((int)(ExifReader.ReadOrientation(data) ?? 0) == expected, block);

    [Fact]
    public void ReadOrientation_CutAtAnyByte_DoesNotThrow()
    {
        var block = ExifBlock.Make(6);
        // The entry's value ends at byte 22; behind it is the offset of the next directory, which is not read.
        for (var length = 0; length < block.Length; length++)
            Assert.Equal(
                length >= 22 ? Orientation.Rotate90 : null, ExifReader.ReadOrientation(block.AsSpan(0, length)));
    }
}
