using System.Numerics;
using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Inference.Preprocessing;

/// <summary>
/// Turns a picture into what the network takes: an overview and overlapping high-resolution crops. For any number of
/// threads.
/// </summary>
/// <remarks>
/// Follows the published preprocessing to the rounding: scaled sizes and filter weights in float32, padding of value 0
/// before normalising, masks one crop late.
/// </remarks>
public sealed class MultiCropPreprocessor
{
    // Rows of a canvas that one worker makes: enough that the source rows shared with the next band weigh little.
    private const int RowsPerBand = 112;

    private readonly PreprocessorConfig _config;
    private readonly SpecialTokens _special;

    /// <exception cref="ArgumentException">The configuration's values do not fit together.</exception>
    public MultiCropPreprocessor(PreprocessorConfig config, SpecialTokens special)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(special);
        if (config.FindFault() is var (field, detail))
            throw new ArgumentException($"{field}: {detail}", nameof(config));
        _config = config;
        _special = special;
    }

    /// <summary>High-resolution crops at most, where the caller does not say.</summary>
    public int MaxCrops => _config.MaxCrops;

    /// <summary>
    /// Tokens that a picture of this size takes in a prompt, as <see cref="Process"/> gives them, without looking at
    /// it.
    /// </summary>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="maxCrops">As for <see cref="Process"/>.</param>
    public int CountTokens(int width, int height, int? maxCrops = null)
        => ImageTokenLayout.Count(Tiling.Choose(width, height, _config, maxCrops ?? _config.MaxCrops), _config);

    /// <summary>Cuts and normalises a picture.</summary>
    /// <param name="image">Upright.</param>
    /// <param name="maxCrops">High-resolution crops at most, 1 to <see cref="PreprocessorConfig.CropLimit"/>; null for
    /// the checkpoint's own.</param>
    /// <param name="ct">Looked at for every row.</param>
    public ImageInputs Process(RgbImage image, int? maxCrops = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        int most = maxCrops ?? _config.MaxCrops;
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(maxCrops));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(most, PreprocessorConfig.CropLimit, nameof(maxCrops));

        var tiling = Tiling.Choose(image.Width, image.Height, _config, most);
        var overview = Canvas(image, new Tiling(1, 1), firstCrop: 0);
        var crops = Canvas(image, tiling, firstCrop: 1);
        int cropCount = 1 + tiling.CropCount;
        int patchCount = _config.PatchSide * _config.PatchSide, patchSize = _config.PatchSize * _config.PatchSize * 3;

        var patches = LargePages.For(GC.AllocateUninitializedArray<float>(cropCount * patchCount * patchSize));
        if (tiling.CropCount == 1)
        {
            // One crop shows exactly what the overview shows.
            Fill(image, [overview], patches, ct);
            patches.AsSpan(0, patchCount * patchSize).CopyTo(patches.AsSpan(patchCount * patchSize));
        }
        else
        {
            Fill(image, [overview, crops], patches, ct);
        }

        // The published models were trained with the crops' masks standing one row early and -1 in the last.
        var masks = new float[cropCount * patchCount];
        crops.WriteShares(masks);
        masks.AsSpan(tiling.CropCount * patchCount).Fill(-1);

        return new ImageInputs
        {
            SourceWidth = image.Width,
            SourceHeight = image.Height,
            Tiling = tiling,
            CropCount = cropCount,
            PatchCount = patchCount,
            PatchSize = patchSize,
            TokensPerCrop = _config.TokenSide * _config.TokenSide,
            Patches = patches,
            Masks = masks,
            ImageTokenPositions = ImageTokenLayout.Positions(tiling, _config),
            ImageTokenIds = ImageTokenLayout.Tokens(tiling, _config, _special),
        };
    }

    private CropCanvas Canvas(RgbImage image, Tiling tiling, int firstCrop)
    {
        int width = tiling.Columns * _config.WindowPixels + _config.MarginPixels;
        int height = tiling.Rows * _config.WindowPixels + _config.MarginPixels;
        return new CropCanvas(Placement.Fit(image.Width, image.Height, width, height), tiling, firstCrop, _config);
    }

    private void Fill(RgbImage image, CropCanvas[] canvases, float[] patches, CancellationToken ct)
    {
        var bands = new List<(
            CropCanvas Canvas, ResamplingFilter Horizontal, ResamplingFilter Vertical, int FirstRow, int EndRow)>();
        foreach (var canvas in canvases)
        {
            var horizontal = ResamplingFilter.Create(image.Width, canvas.Placement.Width);
            var vertical = ResamplingFilter.Create(image.Height, canvas.Placement.Height);
            for (int row = 0; row < canvas.Placement.CanvasHeight; row += RowsPerBand)
                bands.Add(
                    (canvas, horizontal, vertical, row, Math.Min(row + RowsPerBand, canvas.Placement.CanvasHeight)));
        }
        Parallel.For(
            0, bands.Count,
            new ParallelOptions { CancellationToken = ct, MaxDegreeOfParallelism = Environment.ProcessorCount },
            index =>
            {
                var (canvas, horizontal, vertical, firstRow, endRow) = bands[index];
                FillBand(new BandResampler(image, horizontal, vertical), canvas, firstRow, endRow, patches, ct);
            });
    }

    private void FillBand(
        BandResampler resampler, CropCanvas canvas, int firstRow, int endRow, float[] patches, CancellationToken ct)
    {
        var placement = canvas.Placement;
        var mean = Repeat(_config.Mean, placement.CanvasWidth);
        var std = Repeat(_config.Std, placement.CanvasWidth);
        var padding = new float[placement.CanvasWidth * 3];
        Normalize(padding, mean, std);
        var row = padding.ToArray();
        var picture = row.AsSpan(placement.Left * 3, placement.Width * 3);
        for (int y = firstRow; y < endRow; y++)
        {
            ct.ThrowIfCancellationRequested();
            int pictureRow = y - placement.Top;
            if (pictureRow < 0 || pictureRow >= placement.Height)
            {
                canvas.Scatter(padding, y, patches);
                continue;
            }
            resampler.ReadRow(pictureRow, picture);
            Normalize(picture, mean, std);
            canvas.Scatter(row, y, patches);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float[] Repeat(float[] channels, int count)
    {
        var values = new float[count * 3];
        for (int i = 0; i < values.Length; i++) values[i] = channels[i % 3];
        return values;
    }

    /// <summary>A division, not a product with the inverse: the published values are rounded so.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Normalize(Span<float> values, ReadOnlySpan<float> mean, ReadOnlySpan<float> std)
    {
        int x = 0;
        for (; x + Vector<float>.Count <= values.Length; x += Vector<float>.Count)
            ((new Vector<float>(values[x..]) - new Vector<float>(mean[x..])) / new Vector<float>(std[x..])).CopyTo(
                values[x..]);
        for (; x < values.Length; x++) values[x] = (values[x] - mean[x]) / std[x];
    }
}
