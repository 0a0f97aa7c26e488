using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Inference.Model;

/// <summary>Whether a picture was cut for a network.</summary>
internal static class ImageInputsCheck
{
    /// <exception cref="ArgumentException">The picture was cut for another network.</exception>
    public static void CheckFor(this ImageInputs image, VisionConfig vision)
    {
        if (image.PatchCount != vision.PatchCount || image.PatchSize != vision.PatchLength || image.TokensPerCrop != vision.TokensPerCrop)
        {
            throw new ArgumentException(
                $"The picture has {image.PatchCount} patches of {image.PatchSize} values and {image.TokensPerCrop} tokens a crop; "
                + $"the network takes {vision.PatchCount}, {vision.PatchLength} and {vision.TokensPerCrop}.", nameof(image));
        }

        var patches = (long)image.CropCount * image.PatchCount;
        if (image.Patches.LongLength != patches * image.PatchSize || image.Masks.LongLength != patches
            || image.ImageTokenPositions.LongLength != (long)image.CropCount * image.TokensPerCrop)
            throw new ArgumentException($"The picture's arrays do not have the lengths of {image.CropCount} crops.", nameof(image));
    }
}
