using BenchmarkDotNet.Attributes;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Imaging.Jpeg;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Lab.Synthesis;

namespace Molmo.Demo.Benchmarks;

/// <summary>
/// A JPEG of 12 megapixels, 4:2:0 and 3.6 MB, from bytes to crops, and what it is made of. With
/// <c>DOTNET_PROCESSOR_COUNT=1</c> times are those of one core.
/// </summary>
public class PictureBenchmarks
{
    private const int Width = 4000, Height = 3000;

    private static readonly DecoderLimits Limits = new(64_000_000, 20_000);

    private readonly MultiCropPreprocessor _preprocessor =
        new(new PreprocessorConfig(), new SpecialTokens(257, 300, 301, 302, 303));

    private readonly short[] _coefficients = new short[JpegConstants.BlockSize];
    private readonly int[] _quantizers = new int[JpegConstants.BlockSize];
    private readonly byte[] _samples = new byte[JpegConstants.BlockSize];
    private readonly byte[] _y = new byte[Width], _cb = new byte[Width], _cr = new byte[Width];
    private readonly byte[] _rgb = new byte[Width * 3];
    private byte[] _file = [];
    private RgbImage _picture = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _file = SyntheticPhoto.CreateJpeg(Width, Height);
        _picture = ImageDecoder.Decode(_file, Limits);
        var random = new Random(1);
        for (var i = 0; i < JpegConstants.BlockSize; i++)
            (_coefficients[i], _quantizers[i]) = ((short)random.Next(-20, 20), random.Next(1, 12));
        foreach (var row in (byte[][])[_y, _cb, _cr]) random.NextBytes(row);
    }

    [Benchmark(Baseline = true), BenchmarkCategory("Picture")]
    public object BytesToCrops() => _preprocessor.Process(ImageDecoder.Decode(_file, Limits));

    [Benchmark, BenchmarkCategory("Picture")]
    public object Decode() => ImageDecoder.Decode(_file, Limits);

    [Benchmark, BenchmarkCategory("Picture")]
    public object Crops() => _preprocessor.Process(_picture);

    [Benchmark(Baseline = true), BenchmarkCategory("Overview")]
    public object OverviewReference() => Resampler.Resize(_picture, 336, 252);

    [Benchmark, BenchmarkCategory("Overview")]
    public object Overview()
    {
        var resampler = new BandResampler(
            _picture, ResamplingFilter.Create(Width, 336), ResamplingFilter.Create(Height, 252));
        var row = new float[336 * 3];
        for (var y = 0; y < 252; y++) resampler.ReadRow(y, row);
        return row;
    }

    [Benchmark(Baseline = true), BenchmarkCategory("InverseDct")]
    public void InverseDctReference()
        => InverseDct.TransformScalar(_coefficients, _quantizers, _samples, JpegConstants.BlockSide);

    [Benchmark, BenchmarkCategory("InverseDct")]
    public void InverseDctBlock()
        => InverseDct.Transform(_coefficients, _quantizers, _samples, JpegConstants.BlockSide);

    [Benchmark(Baseline = true), BenchmarkCategory("Color")]
    public void ColorReference() => JpegColor.FromYCbCrScalar(_y, _cb, _cr, _rgb);

    [Benchmark, BenchmarkCategory("Color")]
    public void ColorRow() => JpegColor.FromYCbCr(_y, _cb, _cr, _rgb);
}
