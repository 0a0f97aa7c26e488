using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Molmo.Demo.Inference.Weights;

/// <summary>One safetensors file.</summary>
/// <remarks>Layout: header length (8 bytes, little endian), JSON header, data. Nothing is read before it is
/// needed.</remarks>
public sealed class SafetensorsFile : WeightFile
{
    private const int LengthSize = sizeof(ulong);

    private readonly MappedFile _map;

    private SafetensorsFile(string path, MappedFile map, long headerLength)
        : base(path, map, LengthSize + headerLength)
    {
        _map = map;
        HeaderLength = headerLength;
        Tensors = SafetensorsHeader.Parse(Header, DataLength, path);
    }

    /// <summary>Bytes of JSON.</summary>
    public long HeaderLength { get; }

    internal override ReadOnlySpan<byte> Header => _map.Bytes(LengthSize, (int)HeaderLength);

    /// <exception cref="ModelFormatException">The file is missing, unreadable, or breaks a rule of the
    /// format.</exception>
    public static SafetensorsFile Open(string path) => ModelFile.Open(path, Map);

    private static SafetensorsFile Map(string path, SafeFileHandle handle)
    {
        var length = RandomAccess.GetLength(handle);
        if (length < LengthSize)
            throw new ModelFormatException(
                path, null, $"the file has {length} bytes, fewer than the {LengthSize} of its header length.");
        Span<byte> prefix = stackalloc byte[LengthSize];
        RandomAccess.Read(handle, prefix, 0);
        // As a number these would be a header of exabytes.
        if (!prefix.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
            throw new ModelFormatException(path, null,
                $"the file is text, not weights: it begins with \"{Encoding.ASCII.GetString(prefix)}\".");
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > SafetensorsHeader.MaxLength)
            throw new ModelFormatException(path, null,
                $"the header length is {headerLength} bytes, above the limit of {SafetensorsHeader.MaxLength}.");
        if (headerLength < 2)
            throw new ModelFormatException(
                path, null, $"the header length is {headerLength} bytes, too short for a header.");
        if ((long)headerLength > length - LengthSize)
            throw new ModelFormatException(path, null, $"the header length is {headerLength} bytes, "
                + $"but only {length - LengthSize} follow: the file is cut short.");

        var map = new MappedFile(handle, length);
        try
        {
            return new SafetensorsFile(path, map, (long)headerLength);
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }
}
