using Molmo.Demo.Inference.Torch;
using static TorchSharp.torch;

namespace Molmo.Demo.Lab.Training;

/// <summary>The pictures of a batch, see <see cref="TrainingBatch"/>.</summary>
internal sealed record PictureTensors(
    Tensor Patches, Tensor CropSources, Tensor Masks, Tensor Features, Tensor FeatureRows, Tensor Overviews,
    Tensor PatchLabels, Tensor PatchOffsets, Tensor PatchCentres)
{
    /// <returns>Null where no item has a picture.</returns>
    public static PictureTensors? Of(IReadOnlyList<TrainingItem> items, int length, TensorFormat format)
    {
        var device = format.Device;
        var patches = new List<float>();
        var (sources, overviews) = (new List<long>(), new List<long>());
        var masks = new List<float>();
        var (features, featureRows) = (new List<long>(), new List<long>());
        var (labels, offsets, centres) = (new List<long>(), new List<float>(), new List<float>());
        var (stored, crops) = (0, 0);
        var (patchCount, patchSize) = (0, 0);
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i].Image is not { } image) continue;
            (patchCount, patchSize) = (image.PatchCount, image.PatchSize);
            var isSingle = image.Tiling.CropCount == 1;
            var differing = isSingle ? 1 : image.CropCount;
            patches.AddRange(image.Patches.AsSpan(0, differing * patchCount * patchSize));
            overviews.Add(stored);
            for (var crop = 0; crop < image.CropCount; crop++) sources.Add(stored + (isSingle ? 0 : crop));
            masks.AddRange(image.Masks);
            for (var token = 0; token < image.ImageTokenPositions.Length; token++)
            {
                // Positions below zero are features that no token takes.
                if (image.ImageTokenPositions[token] is not (>= 0 and var position)) continue;
                features.Add((crops * image.TokensPerCrop) + token);
                featureRows.Add((i * length) + position);
            }

            stored += differing;
            crops += image.CropCount;
            var targets = items[i].Patches!;
            labels.AddRange(targets.Labels.Select(label => (long)label));
            offsets.AddRange(targets.Offsets);
            centres.AddRange(targets.Centres);
        }

        return stored == 0
            ? null
            : new PictureTensors(
                tensor(patches.ToArray(), [stored, patchCount, patchSize], device: device).to(format.Exact),
                tensor(sources.ToArray(), device: device),
                tensor(masks.ToArray(), [crops, patchCount], device: device).to(format.Exact),
                tensor(features.ToArray(), device: device),
                tensor(featureRows.ToArray(), device: device),
                tensor(overviews.ToArray(), device: device),
                tensor(labels.ToArray(), device: device),
                tensor(offsets.ToArray(), [centres.Count, 2], device: device).to(format.Exact),
                tensor(centres.ToArray(), device: device).to(format.Exact));
    }
}
