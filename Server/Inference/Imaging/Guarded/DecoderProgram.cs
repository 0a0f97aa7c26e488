using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.Metadata;
using SixLabors.ImageSharp.PixelFormats;

namespace Molmo.Demo.Inference.Imaging.Guarded;

/// <summary>
/// What <see cref="DecoderProcess"/> runs: one file from standard input to rows of red, green and blue, and alpha
/// where that is wanted, on standard output.
/// </summary>
internal static class DecoderProgram
{
    /// <summary>Exit code: the decoder refused the file.</summary>
    public const int Refused = 1;

    /// <summary>Exit code: more memory would be needed than is allowed.</summary>
    public const int TooMuchMemory = 2;

    // One buffer of pixels: 64 megapixels of four bytes.
    private const int BufferMegabytes = 260;

    /// <param name="args">Format, bytes of the file, width and height in pixels, bytes a pixel.</param>
    private static int Main(string[] args)
    {
        try
        {
            var numbers = Array.ConvertAll(args[1..], text => int.Parse(text, CultureInfo.InvariantCulture));
            var (format, size) = (Enum.Parse<ImageFormat>(args[0]), (numbers[1], numbers[2]));
            if (numbers[3] == 4) Run<Rgba32>(format, numbers[0], size);
            else Run<Rgb24>(format, numbers[0], size);
            return 0;
        }
        catch (Exception e)
        {
            Console.Error.WriteLine($"{e.GetType().Name}, {e.Message}");
            return e is OutOfMemoryException or InvalidMemoryOperationException ? TooMuchMemory : Refused;
        }
    }

    private static void Run<TPixel>(ImageFormat format, int length, (int Width, int Height) size)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        var file = new byte[length];
        using (var input = Console.OpenStandardInput()) input.ReadExactly(file);
        using var pixels = Decode<TPixel>(format, file);
        if ((pixels.Width, pixels.Height) != size)
            throw new InvalidDataException($"{pixels.Width} x {pixels.Height} pixels came of it.");
        using var output = new BufferedStream(Console.OpenStandardOutput(), 1 << 16);
        pixels.ProcessPixelRows(rows =>
        {
            for (var y = 0; y < rows.Height; y++) output.Write(MemoryMarshal.AsBytes(rows.GetRowSpan(y)));
        });
    }

    // A configuration that knows one format: what looks like another one is not opened.
    private static Image<TPixel> Decode<TPixel>(ImageFormat format, byte[] file)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        var (module, decoder) = ((IConfigurationModule, IImageDecoder))(format switch
        {
            ImageFormat.Webp => (new WebpConfigurationModule(), new WebpDecoder { IgnoreMetadata = true }),
            ImageFormat.Gif => (
                new GifConfigurationModule(),
                new GifDecoder { IgnoreMetadata = true, DecodingMode = FrameDecodingMode.First }),
            _ => (new BmpConfigurationModule(), new BmpDecoder()),
        });
        var configuration = new Configuration(module)
        {
            MaxDegreeOfParallelism = 1,
            MemoryAllocator = MemoryAllocator.Create(new MemoryAllocatorOptions
            {
                AllocationLimitMegabytes = BufferMegabytes,
                MaximumPoolSizeMegabytes = 0,
            }),
        };
        using var stream = new MemoryStream(file, writable: false);
        return decoder.Decode<TPixel>(configuration, stream, CancellationToken.None);
    }
}
