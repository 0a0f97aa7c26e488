using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Inference.Tests.Preprocessing;

public sealed class MultiCropPreprocessorTests
{
    private static readonly SpecialTokens Special = new(
        Bos: 1, ImageStart: 2, ImageEnd: 3, ImagePatch: 4, ImageColumn: 5);

    private static readonly PreprocessorConfig Small =
        new() { BaseSize = 112, MarginBefore = 2, MarginAfter = 2, TokenSide = 4 };

    [Theory]
    [InlineData(2000, 2)]
    [InlineData(1, 2000)]
    [InlineData(16384, 1)]
    [InlineData(1, 1)]
    public void Process_SideThatWouldVanish_KeepsOnePixel(int width, int height)
    {
        var inputs = Process(Small, GeneratedImage.Create(width, height, seed: 1));
        Assert.All(inputs.Patches, value => Assert.True(float.IsFinite(value)));
        Assert.Contains(inputs.Masks, share => share > 0);
    }

    [Theory]
    [InlineData(4, 4, 640, 480, 12)]
    [InlineData(0, 0, 640, 480, 12)]
    [InlineData(4, 0, 300, 900, 6)]
    [InlineData(2, 6, 1200, 300, 9)]
    public void Process_AnyMargins_FeedsEachImageTokenFromOneCrop(
        int before, int after, int width, int height, int maxCrops)
    {
        var config = new PreprocessorConfig { MarginBefore = before, MarginAfter = after, MaxCrops = maxCrops };
        var inputs = Process(config, GeneratedImage.Create(width, height, seed: 2));
        int[] prompt = [Special.Bos, .. inputs.ImageTokenIds];
        var fed = inputs.ImageTokenPositions.Where(position => position >= 0).Order();
        Assert.Equal(Enumerable.Range(0, prompt.Length).Where(position => prompt[position] == Special.ImagePatch), fed);
    }

    [Fact]
    public void Process_OddMargins_AreRefused()
        => Assert.Throws<ArgumentException>(
            () => new MultiCropPreprocessor(new PreprocessorConfig { MarginBefore = 3 }, Special));

    [Fact]
    public void Process_CropsSharingAMargin_ShowTheSamePixelsThere()
    {
        var inputs = Process(new PreprocessorConfig(), GeneratedImage.Create(640, 300, seed: 3));
        Assert.Equal(new Tiling(1, 3), inputs.Tiling);
        const int Side = 24, Window = 16;
        for (int crop = 1; crop < inputs.Tiling.Columns; crop++)
            for (int row = 0; row < Side; row++)
                for (int column = Window; column < Side; column++)
                    Assert.Equal(Patch(crop, row, column), Patch(crop + 1, row, column - Window));

        float[] Patch(int crop, int row, int column)
        {
            int start = ((crop * Side + row) * Side + column) * inputs.PatchSize;
            return inputs.Patches[start..(start + inputs.PatchSize)];
        }
    }

    [Fact]
    public void Process_PaddedPicture_PadsWithBlackBeforeNormalising()
    {
        var config = new PreprocessorConfig();
        var white = new RgbImage(400, 100, Enumerable.Repeat((byte)255, 400 * 100 * 3).ToArray());
        var inputs = Process(config, white);
        for (int channel = 0; channel < 3; channel++)
        {
            Assert.Equal((0f - config.Mean[channel]) / config.Std[channel], inputs.Patches[channel]);
            int middle = (12 * 24 + 12) * inputs.PatchSize;
            Assert.Equal((1f - config.Mean[channel]) / config.Std[channel], inputs.Patches[middle + channel], 3e-6f);
        }
    }

    [Fact]
    public void Process_MaxCrops_BoundsTheTiling()
    {
        var image = GeneratedImage.Create(900, 900, seed: 4);
        Assert.Equal(2, Process(Small, image, maxCrops: 1).CropCount);
        Assert.True(Process(Small, image, maxCrops: 36).CropCount > Process(Small, image).CropCount);
        Assert.Throws<ArgumentOutOfRangeException>(() => Process(Small, image, maxCrops: 0));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Process(Small, image, maxCrops: PreprocessorConfig.CropLimit + 1));
    }

    [Fact]
    public void Process_Cancelled_Throws()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => new MultiCropPreprocessor(Small, Special)
            .Process(GeneratedImage.Create(50, 50, 1), ct: source.Token));
    }

    [Fact]
    public void Process_FromManyThreads_GivesTheSameInputs()
    {
        var preprocessor = new MultiCropPreprocessor(Small, Special);
        var image = GeneratedImage.Create(431, 277, seed: 5);
        var expected = preprocessor.Process(image, ct: TestContext.Current.CancellationToken);
        Parallel.For(0, 16, _ => Assert.Equal(expected.Patches, preprocessor.Process(image).Patches));
    }

    private static ImageInputs Process(PreprocessorConfig config, RgbImage image, int? maxCrops = null)
        => new MultiCropPreprocessor(config, Special).Process(image, maxCrops, TestContext.Current.CancellationToken);
}
