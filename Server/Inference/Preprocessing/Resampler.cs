using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Inference.Preprocessing;

/// <summary>Resizes a picture, width first, then height: the plain form that <see cref="BandResampler"/> is measured by.</summary>
internal static class Resampler
{
    /// <summary>The resized picture, [height, width, 3], 0 to 1.</summary>
    public static float[] Resize(RgbImage image, int width, int height)
    {
        var horizontal = ResamplingFilter.Create(image.Width, width);
        var vertical = ResamplingFilter.Create(image.Height, height);
        var wide = new float[image.Height * width * 3];
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                var weights = horizontal.Weights(x);
                for (int channel = 0; channel < 3; channel++)
                {
                    float sum = 0;
                    for (int k = 0; k < weights.Length; k++)
                        sum += weights[k] * (image.Pixels[(y * image.Width + horizontal.First(x) + k) * 3 + channel] / 255f);
                    wide[(y * width + x) * 3 + channel] = sum;
                }
            }
        }
        var result = new float[height * width * 3];
        for (int y = 0; y < height; y++)
        {
            var weights = vertical.Weights(y);
            for (int x = 0; x < width * 3; x++)
            {
                float sum = 0;
                for (int k = 0; k < weights.Length; k++) sum += weights[k] * wide[(vertical.First(y) + k) * width * 3 + x];
                result[y * width * 3 + x] = Math.Clamp(sum, 0f, 1f);
            }
        }
        return result;
    }
}
