using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Lab.Data;

namespace Molmo.Demo.Lab.Training;

/// <summary>
/// What each patch of a picture's overview shows: which label, where that object's centre lies, and whether the centre
/// is here. Learning it first gives the vision transformer features worth pooling.
/// </summary>
/// <param name="Labels">[patches]: number of the topmost object's label, 0 for none, -1 where nothing is known.</param>
/// <param name="Offsets">
/// [patches, 2]: from the patch's middle to the centre, in patches; 0 where there is no label.
/// </param>
/// <param name="Centres">[patches]: 1 where an object's centre lies in the patch, else 0.</param>
internal sealed record PatchTargets(int[] Labels, float[] Offsets, float[] Centres)
{
    /// <param name="example">A picture and its objects, the topmost last.</param>
    /// <param name="config">How the overview was cut.</param>
    /// <param name="labels">Numbers of the labels, from 1.</param>
    public static PatchTargets Of(
        Example example, PreprocessorConfig config, IReadOnlyDictionary<string, int> labels)
    {
        var side = config.PatchSide;
        var (found, offsets, centres) = (new int[side * side], new float[2 * side * side], new float[side * side]);
        if (example.Picture is not { } picture || example.Objects.Count == 0)
        {
            found.AsSpan().Fill(-1);
            return new PatchTargets(found, offsets, centres);
        }

        var placement = Placement.Fit(picture.Width, picture.Height, config.BaseSize, config.BaseSize);
        foreach (var thing in example.Objects)
        {
            if (!labels.TryGetValue(thing.Label, out var label)) continue;
            var (x, y) = (At(thing.X, placement.Left, placement.Width), At(thing.Y, placement.Top, placement.Height));
            var (halfWidth, halfHeight) = (
                thing.Width / 200 * placement.Width / config.PatchSize,
                thing.Height / 200 * placement.Height / config.PatchSize);
            for (var row = 0; row < side; row++)
            {
                for (var column = 0; column < side; column++)
                {
                    var (dx, dy) = (x - column - 0.5, y - row - 0.5);
                    var isHere = Math.Abs(dx) <= 0.5 && Math.Abs(dy) <= 0.5;
                    // Things are round rather than square: the corners of a box show what is behind.
                    var inside = Square(dx / Math.Max(halfWidth, 0.5)) + Square(dy / Math.Max(halfHeight, 0.5)) <= 1;
                    if (!isHere && !inside) continue;
                    var patch = (row * side) + column;
                    found[patch] = label;
                    (offsets[2 * patch], offsets[(2 * patch) + 1]) = ((float)dx, (float)dy);
                    if (isHere) centres[patch] = 1;
                }
            }
        }

        return new PatchTargets(found, offsets, centres);

        double At(double percent, int before, int length) => (before + (percent / 100 * length)) / config.PatchSize;

        static double Square(double x) => x * x;
    }

    /// <summary>
    /// The same of the windows of patches that the connector pools. A window shows the thing whose centre lies in it,
    /// else the one that covers most of it; its place is where that centre lies in the whole picture, since the
    /// language model has to know it.
    /// </summary>
    /// <param name="count">Windows of the overview, as many across as down.</param>
    /// <returns>Offsets in windows from the picture's middle.</returns>
    public PatchTargets Windows(int count)
    {
        var (side, across) = ((int)Math.Sqrt(Labels.Length), (int)Math.Sqrt(count));
        var size = (side + across - 1) / across;
        var windows = new PatchTargets(new int[count], new float[2 * count], new float[count]);
        for (var window = 0; window < count; window++)
        {
            var patches = (
                from row in Enumerable.Range(window / across * size, size)
                from column in Enumerable.Range(window % across * size, size)
                where row < side && column < side
                select (row * side) + column).ToList();
            var things = patches.Where(patch => Labels[patch] > 0)
                .GroupBy(patch => (Labels[patch], Place(patch, 0), Place(patch, 1))).ToList();
            if (things.Count == 0)
            {
                windows.Labels[window] = Labels[patches[0]];
                continue;
            }

            var ((label, x, y), here) = things
                .Select(thing => (thing.Key, Here: thing.Any(patch => Centres[patch] > 0), Size: thing.Count()))
                .OrderByDescending(thing => thing.Here).ThenByDescending(thing => thing.Size)
                .Select(thing => (thing.Key, thing.Here)).First();
            windows.Labels[window] = label;
            windows.Offsets[2 * window] = x;
            windows.Offsets[(2 * window) + 1] = y;
            windows.Centres[window] = here ? 1 : 0;
        }

        return windows;

        // Rounded, so that all patches of a thing agree on it.
        float Place(int patch, int axis) => MathF.Round(
            ((axis == 0 ? patch % side : patch / side) + 0.5f + Offsets[(2 * patch) + axis] - (side / 2f)) / size, 2);
    }
}
