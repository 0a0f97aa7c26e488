using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Imaging.Jpeg;

namespace Molmo.Demo.Inference.Tests.Imaging;

public class JpegDecoderTests
{
    private static readonly byte[] Small = TestImages.EncodeJpeg(TestImages.Scene(20, 12), 75);

    // Offset of the frame header's data in it, behind marker and length.
    private static readonly int FrameData = IndexOfMarker(Small, JpegMarker.Sof0) + 4;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void Decode_Progressive_EqualsSequential(int restartInterval)
    {
        var blocks = RandomBlocks(6 * 4, seed: 3);
        var sequential = TestImages.Decode(JpegFile.Sequential(6, 4, blocks));
        Assert.Equal(sequential.Pixels, TestImages.Decode(JpegFile.Progressive(6, 4, blocks, restartInterval)).Pixels);
        Assert.Equal(sequential.Pixels, TestImages.Decode(JpegFile.Sequential(6, 4, blocks, restartInterval)).Pixels);
    }

    [Fact]
    public void Decode_RestartMarkerLost_KeepsTheRest()
    {
        var blocks = RandomBlocks(16, seed: 4);
        var whole = TestImages.Decode(JpegFile.Sequential(1, 16, blocks, restartInterval: 1));
        var file = JpegFile.Sequential(1, 16, blocks, restartInterval: 1);
        var third = IndexOfMarker(file, (byte)(JpegMarker.Rst0 + 2));
        file[third] = 0;

        var damaged = TestImages.Decode(file);
        const int BlockBytes = 8 * 8 * 3;
        Assert.Equal(whole.Pixels[..(2 * BlockBytes)], damaged.Pixels[..(2 * BlockBytes)]);
        Assert.Equal(whole.Pixels[(5 * BlockBytes)..], damaged.Pixels[(5 * BlockBytes)..]);
    }

    [Fact]
    public void Decode_MostOfTheScanMissing_IsDamaged()
    {
        var file = JpegFile.Sequential(4, 8, RandomBlocks(32, seed: 5), restartInterval: 8);
        var first = IndexOfMarker(file, JpegMarker.Rst0);
        Assert.Equal(
            ImageFault.Damaged, TestImages.Refuse([.. file[..first], 0xFF, JpegMarker.Eoi, .. new byte[64]]).Fault);
    }

    [Fact]
    public void Decode_NoHuffmanTables_TakesTheStandardOnes()
    {
        var tables = IndexOfMarker(Small, JpegMarker.Dht);
        var scan = IndexOfMarker(Small, JpegMarker.Sos);
        byte[] bare = [.. Small[..tables], .. Small[scan..]];
        Assert.Equal(TestImages.Decode(Small).Pixels, TestImages.Decode(bare).Pixels);
    }

    [Theory]
    [InlineData(JpegMarker.Sof0 + 1, 8, null)]
    [InlineData(JpegMarker.Sof0 + 3, 8, ImageFault.UnsupportedVariant)]
    [InlineData(JpegMarker.Sof0 + 5, 8, ImageFault.UnsupportedVariant)]
    [InlineData(JpegMarker.Sof0 + 9, 8, ImageFault.UnsupportedVariant)]
    [InlineData(JpegMarker.Sof0 + 10, 8, ImageFault.UnsupportedVariant)]
    [InlineData(JpegMarker.Sof0 + 15, 8, ImageFault.UnsupportedVariant)]
    [InlineData(JpegMarker.Sof0, 12, ImageFault.UnsupportedVariant)]
    [InlineData(JpegMarker.Sof0, 0, ImageFault.Damaged)]
    public void Decode_FrameOfAnotherProcess_NamesTheFault(int marker, int precision, ImageFault? fault)
    {
        var file = Small.ToArray();
        file[FrameData - 3] = (byte)marker;
        file[FrameData] = (byte)precision;
        if (fault is null) Assert.Equal(TestImages.Decode(Small).Pixels, TestImages.Decode(file).Pixels);
        else Assert.Equal(fault, TestImages.Refuse(file).Fault);
    }

    [Theory]
    [InlineData("height 0", 1, new byte[] { 0, 0 }, ImageFault.Damaged)]
    [InlineData("width 0", 3, new byte[] { 0, 0 }, ImageFault.Damaged)]
    [InlineData("65535 wide and high", 1, new byte[] { 255, 255, 255, 255 }, ImageFault.TooLarge)]
    [InlineData("16385 high", 1, new byte[] { 0x40, 1 }, ImageFault.TooLarge)]
    [InlineData("no components", 5, new byte[] { 0 }, ImageFault.Damaged)]
    [InlineData("more components than data", 5, new byte[] { 200 }, ImageFault.Damaged)]
    [InlineData("sampling 0", 7, new byte[] { 0x01 }, ImageFault.Damaged)]
    [InlineData("sampling 5", 7, new byte[] { 0x51 }, ImageFault.Damaged)]
    [InlineData("MCU of 18 blocks", 7, new byte[] { 0x44 }, ImageFault.Damaged)]
    [InlineData("quantisers 4", 8, new byte[] { 4 }, ImageFault.Damaged)]
    [InlineData("missing quantisers", 8, new byte[] { 3 }, ImageFault.Damaged)]
    [InlineData("a component the scan does not know", 6, new byte[] { 77 }, ImageFault.Damaged)]
    public void Decode_BrokenFrameHeader_NamesTheFault(string situation, int at, byte[] change, ImageFault fault)
    {
        var file = Small.ToArray();
        change.CopyTo(file, FrameData + at);
        var refusal = TestImages.Refuse(file);
        Assert.True(refusal.Fault == fault, $"{situation}: {refusal.Fault}, {refusal.Message}");
    }

    public static TheoryData<string, ImageFault, byte[]> Refusals() => new()
    {
        { "only SOI", ImageFault.UnsupportedType, [0xFF, 0xD8] },
        { "only SOI and EOI", ImageFault.Damaged, [0xFF, 0xD8, 0xFF, 0xD9] },
        { "ends in a segment", ImageFault.Incomplete, [0xFF, 0xD8, 0xFF, 0xE0, 0xFF, 0xFF, 1, 2, 3] },
        { "segment of length 1", ImageFault.Damaged, [0xFF, 0xD8, 0xFF, 0xE0, 0, 1, 2, 3] },
        { "scan before frame", ImageFault.Damaged,
            [0xFF, 0xD8, .. JpegFile.Segment(JpegMarker.Sos, 1, 1, 0, 0, 63, 0)] },
        { "frame twice", ImageFault.Damaged, [.. Small[..(FrameData + 15)], .. Small[(FrameData - 4)..]] },
        { "quantiser table 5", ImageFault.Damaged,
            [0xFF, 0xD8, .. JpegFile.Segment(JpegMarker.Dqt, [5, .. new byte[64]]), .. Small[2..]] },
        { "short quantisers", ImageFault.Damaged,
            [0xFF, 0xD8, .. JpegFile.Segment(JpegMarker.Dqt, [0, .. new byte[63]]), .. Small[2..]] },
        { "Huffman table 4", ImageFault.Damaged,
            [0xFF, 0xD8, .. JpegFile.Segment(JpegMarker.Dht, [4, .. new byte[16]]), .. Small[2..]] },
        { "too many codes", ImageFault.Damaged,
            [0xFF, 0xD8, .. JpegFile.Segment(JpegMarker.Dht, [0, 3, .. new byte[18]]), .. Small[2..]] },
        { "codes that are cut off", ImageFault.Damaged,
            [0xFF, 0xD8, .. JpegFile.Segment(JpegMarker.Dht, [0, 2, .. new byte[15]]), .. Small[2..]] },
        { "restart interval of 3 bytes", ImageFault.Damaged,
            [0xFF, 0xD8, .. JpegFile.Segment(JpegMarker.Dri, 0, 0, 1), .. Small[2..]] },
        { "101 scans", ImageFault.TooMuchWork, JpegFile.ManyScans(2, 2, 101) },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Decode_BrokenFile_NamesTheFault(string situation, ImageFault fault, byte[] file)
    {
        var refusal = TestImages.Refuse(file);
        Assert.True(refusal.Fault == fault, $"{situation}: {refusal.Fault}, {refusal.Message}");
    }

    [Fact]
    public void Decode_AsManyScansAsAllowed_Decodes()
        => Assert.Equal(16, TestImages.Decode(JpegFile.ManyScans(2, 2, 100)).Width);

    [Fact]
    public void Decode_ScansBeyondMemory_IsTooMuchWork()
        => Assert.Equal(ImageFault.TooMuchWork,
            TestImages.Refuse(JpegFile.ManyScans(8, 8, 2), DecoderLimits.Default with { MaxMemory = 10_000 }).Fault);

    [Fact]
    public void Decode_HeaderOfAHugePicture_RefusesWithoutAllocating()
    {
        var file = Small.ToArray();
        new byte[] { 0x1F, 0x40, 0x20, 0x08 }.CopyTo(file, FrameData + 1);
        TestImages.Refuse(file);
        var before = GC.GetAllocatedBytesForCurrentThread();
        // 8000 x 8200 is over the limit; 8000 x 8000 is not, but these few bytes cannot hold as many blocks.
        var tooLarge = TestImages.Refuse(file);
        new byte[] { 0x1F, 0x40, 0x1F, 0x40 }.CopyTo(file, FrameData + 1);
        var incomplete = TestImages.Refuse(file);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 128 << 10);
        Assert.Equal((ImageFault.TooLarge, ImageFault.Incomplete), (tooLarge.Fault, incomplete.Fault));
        Assert.Equal(new ImageHeader(ImageFormat.Jpeg, 8200, 8000), tooLarge.Header);
    }

    [Fact]
    public void Decode_FileCutAtAnyByte_IsRefusedOrWhole()
    {
        var blocks = RandomBlocks(4, seed: 6);
        foreach (var file in new[] { Small, JpegFile.Sequential(2, 2, blocks), JpegFile.Progressive(2, 2, blocks),
            JpegFile.Progressive(2, 2, blocks, 1) })
        {
            var whole = TestImages.Decode(file);
            for (var length = 0; length < file.Length; length++)
            {
                try
                {
                    Assert.Equal(whole.Pixels, TestImages.Decode(file[..length]).Pixels);
                }
                catch (InvalidImageException e)
                {
                    Assert.True(e.Fault == (length < 3 ? ImageFault.UnsupportedType : ImageFault.Incomplete),
                        $"cut at {length}: {e.Fault}, {e.Message}");
                }
            }
        }
    }

    [Fact]
    public void Decode_OnlyTheEndMarkerMissing_Decodes()
    {
        var progressive = JpegFile.Progressive(2, 2, RandomBlocks(4, seed: 7));
        foreach (var file in new[] { Small, progressive })
            Assert.Equal(TestImages.Decode(file).Pixels, TestImages.Decode(file[..^2]).Pixels);
    }

    [Theory]
    [InlineData(1, 20, 12)]
    [InlineData(6, 12, 20)]
    [InlineData(9, 20, 12)]
    public void Decode_ExifOrientation_IsBakedIn(int orientation, int width, int height)
    {
        byte[] exif = [.. "Exif\0\0"u8, .. ExifBlock.Make((uint)orientation)];
        byte[] file = [0xFF, 0xD8, .. JpegFile.Segment(JpegMarker.App1, exif), .. Small[2..]];
        var image = TestImages.Decode(file);
        Assert.Equal((width, height), (image.Width, image.Height));
        var topLeft = orientation == 6 ? image.Pixels[((width - 1) * 3)..(width * 3)] : image.Pixels[..3];
        Assert.Equal(TestImages.Decode(Small).Pixels[..3], topLeft);
    }

    [Fact]
    public void Decode_Cancelled_Throws()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(
            () => ImageDecoder.Decode(Small, DecoderLimits.Default, source.Token));
    }

    private static short[][] RandomBlocks(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var block = new short[64];
            block[0] = (short)random.Next(-400, 400);
            // Few high frequencies, long runs of zeros, some blocks full.
            var density = random.Next(1, 20);
            for (var k = 1; k < 64; k++)
                if (random.Next(density) == 0) block[k] = (short)random.Next(-40 / (k / 8 + 1), 40 / (k / 8 + 1) + 1);
            return block;
        })];
    }

    private static int IndexOfMarker(byte[] file, byte marker)
        => file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, marker]);
}
