using System.Buffers.Binary;
using Molmo.Demo.Inference.Imaging.Color;

namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>
/// Reads marker segments from one scan to the next and keeps the tables they set. Knows nothing of entropy coding.
/// </summary>
internal ref struct JpegReader
{
    private const int MaxBlocksInMcu = 10;

    private static readonly JpegHuffmanTable?[] StandardDcTables =
        [new(JpegStandardTables.LuminanceDc), new(JpegStandardTables.ChrominanceDc), null, null];
    private static readonly JpegHuffmanTable?[] StandardAcTables =
        [new(JpegStandardTables.LuminanceAc), new(JpegStandardTables.ChrominanceAc), null, null];

    private readonly ReadOnlySpan<byte> _file;
    private readonly int[]?[] _quantizers = new int[4][];
    private readonly JpegHuffmanTable?[] _dcTables = [.. StandardDcTables];
    private readonly JpegHuffmanTable?[] _acTables = [.. StandardAcTables];
    private readonly JpegProfile _profile = new();
    private Orientation? _orientation;
    private bool _hasExif;

    /// <param name="file">Begins with SOI.</param>
    public JpegReader(ReadOnlySpan<byte> file) => _file = file;

    /// <summary>Offset of the next marker, or of bytes before it. Scan decoders move it behind their data.</summary>
    public int Position { readonly get; set; } = 2;

    public JpegFrame? Frame { readonly get; private set; }

    /// <summary>MCUs between restart markers, 0 for none.</summary>
    public int RestartInterval { readonly get; private set; }

    public bool HasJfif { readonly get; private set; }

    /// <summary>Colour transform by Adobe's segment: 0 none, 1 YCbCr, 2 YCCK; null without the segment.</summary>
    public int? AdobeTransform { readonly get; private set; }

    public readonly Orientation Orientation => _orientation ?? Orientation.Upright;

    /// <summary>What the samples mean, as far as the segments before the pixels say; null for sRGB.</summary>
    public readonly ColorProfile? Profile => Frame!.Components.Length switch
    {
        1 => _profile.ToColor(isGrey: true),
        3 => _profile.ToColor(isGrey: false),
        // Inks are red, green and blue here, which their profile does not know.
        _ => null,
    };

    /// <summary>Offset of the next 0xFF that a marker code follows, or -1.</summary>
    public static int FindMarker(ReadOnlySpan<byte> file, int position)
    {
        while (position < file.Length - 1)
        {
            var at = file[position..^1].IndexOf((byte)0xFF);
            if (at < 0) return -1;
            position += at;
            if (file[position + 1] is not (0 or 0xFF)) return position;
            position++;
        }
        return -1;
    }

    /// <summary>Reads up to the frame header.</summary>
    /// <exception cref="InvalidImageException">There is none, or one that is not decoded.</exception>
    public JpegFrame ReadFrame()
    {
        while (Frame is null)
            if (ReadSegment() is JpegMarker.Sos or JpegMarker.Eoi)
                throw Damaged("No frame header before the first scan.");
        return Frame;
    }

    /// <summary>Reads up to the data of the next scan.</summary>
    /// <returns>Null at the end of the picture.</returns>
    /// <exception cref="InvalidImageException">A segment is cut off or breaks the rules.</exception>
    public JpegScan? ReadScan()
    {
        while (true)
        {
            switch (ReadSegment())
            {
                case JpegMarker.Sos:
                    return ReadScanHeader();
                case JpegMarker.Eoi:
                    return null;
            }
        }
    }

    /// <summary>Reads one segment. Leaves <see cref="Position"/> at the segment's data for SOS.</summary>
    private byte ReadSegment()
    {
        var at = FindMarker(_file, Position);
        if (at < 0) throw Incomplete();
        var marker = _file[at + 1];
        Position = at + 2;
        if (marker is JpegMarker.Sos || JpegMarker.StandsAlone(marker)) return marker;
        var data = TakeData();
        if (JpegMarker.IsFrame(marker)) ReadFrameHeader(marker, data);
        else ReadTables(marker, data);
        return marker;
    }

    private ReadOnlySpan<byte> TakeData()
    {
        if (Position > _file.Length - 2) throw Incomplete();
        var length = BinaryPrimitives.ReadUInt16BigEndian(_file[Position..]);
        if (length < 2) throw Damaged($"The segment at byte {Position} has length {length}.");
        if (length > _file.Length - Position) throw Incomplete();
        var data = _file.Slice(Position + 2, length - 2);
        Position += length;
        return data;
    }

    private void ReadTables(byte marker, ReadOnlySpan<byte> data)
    {
        switch (marker)
        {
            case JpegMarker.Dqt:
                ReadQuantizers(data);
                break;
            case JpegMarker.Dht:
                ReadHuffmanTables(data);
                break;
            case JpegMarker.Dri:
                if (data.Length != 2) throw Damaged($"The restart interval has {data.Length} bytes.");
                RestartInterval = BinaryPrimitives.ReadUInt16BigEndian(data);
                break;
            case JpegMarker.App0 when data.Length >= 14 && data.StartsWith("JFIF\0"u8):
                HasJfif = true;
                break;
            case JpegMarker.App1 when !_hasExif && ExifReader.HasPrefix(data):
                _hasExif = true;
                _orientation = ExifReader.ReadOrientation(data);
                break;
            case JpegMarker.App2:
                _profile.Read(data);
                break;
            case JpegMarker.App14 when data.Length >= 12 && data.StartsWith("Adobe"u8):
                AdobeTransform = data[11];
                break;
        }
    }

    private readonly void ReadQuantizers(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            var (wide, index) = (data[0] >> 4 != 0, data[0] & 15);
            var length = wide ? 2 * JpegConstants.BlockSize : JpegConstants.BlockSize;
            if (index > 3 || data.Length < 1 + length)
                throw Damaged($"A quantiser table numbered {index} in {data.Length} bytes.");
            var values = data.Slice(1, length);
            var table = new int[JpegConstants.BlockSize];
            for (var k = 0; k < table.Length; k++)
                table[JpegConstants.ZigZag[k]] =
                    wide ? BinaryPrimitives.ReadUInt16BigEndian(values[(2 * k)..]) : values[k];
            _quantizers[index] = table;
            data = data[(1 + length)..];
        }
    }

    private readonly void ReadHuffmanTables(ReadOnlySpan<byte> data)
    {
        while (data.Length >= 17)
        {
            var (isAc, index) = (data[0] >> 4 == 1, data[0] & 15);
            if (index > 3 || data[0] >> 4 > 1) throw Damaged($"A Huffman table numbered 0x{data[0]:x2}.");
            var counts = data.Slice(1, 16).ToArray();
            var total = 0;
            foreach (var count in counts) total += count;
            if (total > 256 || total > data.Length - 17)
                throw Damaged($"A Huffman table of {total} codes in {data.Length - 17} bytes.");
            var table = new JpegHuffmanTable(new HuffmanSpecification(counts, data.Slice(17, total).ToArray()));
            (isAc ? _acTables : _dcTables)[index] = table;
            data = data[(17 + total)..];
        }
        if (!data.IsEmpty) throw Damaged("A Huffman table is cut off.");
    }

    private void ReadFrameHeader(byte marker, ReadOnlySpan<byte> data)
    {
        if (Frame is not null) throw Damaged("The frame header comes twice.");
        if (marker > JpegMarker.Sof2) throw Unsupported(VariantOf(marker));
        if (data.Length < 6) throw Damaged($"The frame header has {data.Length} bytes.");
        if (data[0] == 12) throw Unsupported("12-bit samples");
        if (data[0] != 8) throw Damaged($"The frame header declares {data[0]}-bit samples.");
        var height = BinaryPrimitives.ReadUInt16BigEndian(data[1..]);
        var width = BinaryPrimitives.ReadUInt16BigEndian(data[3..]);
        int count = data[5];
        if (width == 0 || height == 0 || count == 0)
            throw Damaged($"The frame header declares {width} x {height} pixels of {count} components.");
        if (data.Length != 6 + 3 * count)
            throw Damaged($"The frame header of {count} components has {data.Length} bytes.");
        if (count is not (1 or 3 or 4)) throw Unsupported($"{count} components");
        var components = new JpegComponent[count];
        for (var i = 0; i < count; i++)
        {
            var entry = data.Slice(6 + 3 * i, 3);
            var (horizontal, vertical) = (entry[1] >> 4, entry[1] & 15);
            if (horizontal is < 1 or > 4 || vertical is < 1 or > 4 || entry[2] > 3)
                throw Damaged($"Component {i} has sampling {horizontal} x {vertical} and quantisers {entry[2]}.");

            // A single component is never interleaved, so its factors mean nothing.
            components[i] = count == 1
                ? new JpegComponent(entry[0], 1, 1, entry[2])
                : new JpegComponent(entry[0], horizontal, vertical, entry[2]);
        }
        Frame = new JpegFrame(marker == JpegMarker.Sof2, width, height, components);
    }

    private JpegScan ReadScanHeader()
    {
        if (Frame is null) throw Damaged("A scan comes before the frame header.");
        var data = TakeData();
        if (data.IsEmpty || data[0] is 0 or > 4 || data.Length != 4 + 2 * data[0])
            throw Damaged($"The scan header has {data.Length} bytes.");
        var components = new JpegComponent[data[0]];
        var blocks = 0;
        for (var i = 0; i < components.Length; i++)
        {
            var (id, tables) = (data[1 + 2 * i], data[2 + 2 * i]);
            var component = Array.Find(Frame.Components, c => c.Id == id)
                ?? throw Damaged($"A scan of component {id}, which the frame does not have.");
            if (Array.IndexOf(components, component) >= 0) throw Damaged($"A scan has component {id} twice.");
            if (tables >> 4 > 3 || (tables & 15) > 3) throw Damaged($"A scan uses Huffman tables 0x{tables:x2}.");
            component.DcTable = _dcTables[tables >> 4];
            component.AcTable = _acTables[tables & 15];
            component.Quantizers ??= _quantizers[component.QuantizerIndex]
                ?? throw Damaged($"Quantisers {component.QuantizerIndex} are missing.");
            components[i] = component;
            blocks += component.Horizontal * component.Vertical;
        }
        if (components.Length > 1 && blocks > MaxBlocksInMcu) throw Damaged($"An MCU of {blocks} blocks.");
        var progress = data[^3..];
        return new JpegScan(components, progress[0], progress[1], progress[2] >> 4, progress[2] & 15, Position);
    }

    private static string VariantOf(byte marker) => (marker - JpegMarker.Sof0) switch
    {
        3 => "lossless coding",
        5 or 6 or 7 => "hierarchical coding",
        9 or 10 => "arithmetic coding",
        11 => "lossless arithmetic coding",
        _ => "hierarchical arithmetic coding",
    };

    private readonly InvalidImageException Incomplete()
        => new(ImageFault.Incomplete, $"The file ends at byte {_file.Length}, before its picture does.");

    private static InvalidImageException Unsupported(string variant)
        => new(ImageFault.UnsupportedVariant, $"JPEG with {variant}.");

    private static InvalidImageException Damaged(string detail) => new(ImageFault.Damaged, detail);
}
