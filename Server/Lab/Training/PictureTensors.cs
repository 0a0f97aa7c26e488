using Molmo.Demo.Inference.Torch;
using static TorchSharp.torch;

namespace Molmo.Demo.Lab.Training;

/// <summary>The pictures of a batch, see <see cref="TrainingBatch"/>.</summary>
/// <param name="Patches">[crops that differ, patches, patch length].</param>
/// <param name="CropSources">[crops]: which of <paramref name="Patches"/> each is.</param>
/// <param name="Masks">[crops, patches].</param>
/// <param name="Features">[features]: of the connector's tokens those that a text token takes.</param>
/// <param name="FeatureRows">[features]: the text token's row.</param>
/// <param name="Overviews">[pictures]: of <paramref name="Patches"/> the overviews.</param>
/// <param name="PatchesShown">[pictures * patches].</param>
/// <param name="OverviewTokens">[pictures * windows]: of the connector's tokens those of the overviews.</param>
/// <param name="WindowsShown">[pictures * windows].</param>
internal sealed record PictureTensors(
    Tensor Patches, Tensor CropSources, Tensor Masks, Tensor Features, Tensor FeatureRows, Tensor Overviews,
    ShownTensors PatchesShown, Tensor OverviewTokens, ShownTensors WindowsShown)
{
    /// <returns>Null where no item has a picture.</returns>
    public static PictureTensors? Of(IReadOnlyList<TrainingItem> items, int length, TensorFormat format)
    {
        var device = format.Device;
        var patches = new List<float>();
        var (sources, overviews) = (new List<long>(), new List<long>());
        var masks = new List<float>();
        var (features, featureRows) = (new List<long>(), new List<long>());
        var (shownPatches, shownWindows) = (new List<PatchTargets>(), new List<WindowTargets>());
        var overviewTokens = new List<long>();
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

            overviewTokens.AddRange(
                Enumerable.Range(0, image.TokensPerCrop).Select(token => (crops * image.TokensPerCrop) + (long)token));
            stored += differing;
            crops += image.CropCount;
            shownPatches.Add(items[i].Patches!);
            shownWindows.Add(items[i].Patches!.Windows(image.TokensPerCrop));
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
                Shown(shownPatches.Select(target => (target.Labels, target.Offsets, target.Centres)), format),
                tensor(overviewTokens.ToArray(), device: device),
                Shown(shownWindows.Select(target => (target.Labels, target.Places, target.Centres)), format));
    }

    private static ShownTensors Shown(
        IEnumerable<(int[] Labels, float[] Places, float[] Centres)> targets, TensorFormat format)
    {
        var all = targets.ToList();
        float[] places = [.. all.SelectMany(target => target.Places)];
        return new ShownTensors(
            tensor(all.SelectMany(target => target.Labels).Select(label => (long)label).ToArray(),
                device: format.Device),
            tensor(places, [places.Length / 2, 2], device: format.Device).to(format.Exact),
            tensor(all.SelectMany(target => target.Centres).ToArray(), device: format.Device).to(format.Exact));
    }
}
