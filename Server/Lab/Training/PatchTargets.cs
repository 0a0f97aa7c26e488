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
/// <param name="Places">
/// [patches, 2]: where the centre lies in the picture, from 0 at the left and top to 1; 0 where there is no label.
/// </param>
/// <param name="Centres">[patches]: 1 where an object's centre lies in the patch, else 0.</param>
internal sealed record PatchTargets(int[] Labels, float[] Offsets, float[] Places, float[] Centres)
{
    /// <param name="example">A picture and its objects, the topmost last.</param>
    /// <param name="config">How the overview was cut.</param>
    /// <param name="labels">Numbers of the labels, from 1.</param>
    public static PatchTargets Of(
        Example example, PreprocessorConfig config, IReadOnlyDictionary<string, int> labels)
    {
        var side = config.PatchSide;
        var (found, centres) = (new int[side * side], new float[side * side]);
        var (offsets, places) = (new float[2 * side * side], new float[2 * side * side]);
        if (example.Picture is not { } picture || example.Objects.Count == 0)
        {
            found.AsSpan().Fill(-1);
            return new PatchTargets(found, offsets, places, centres);
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
                    (places[2 * patch], places[(2 * patch) + 1]) = ((float)thing.X / 100, (float)thing.Y / 100);
                    if (isHere) centres[patch] = 1;
                }
            }
        }

        return new PatchTargets(found, offsets, places, centres);

        double At(double percent, int before, int length) => (before + (percent / 100 * length)) / config.PatchSize;

        static double Square(double x) => x * x;
    }

    /// <summary>
    /// The same of the windows of patches that the connector pools. A window shows the thing whose centre lies in it,
    /// else the one that covers most of it; its place is where that centre lies in the picture, as the language model
    /// has to write it.
    /// </summary>
    /// <param name="count">Windows of the overview, as many across as down.</param>
    public WindowTargets Windows(int count)
    {
        var (side, across) = ((int)Math.Sqrt(Labels.Length), (int)Math.Sqrt(count));
        var size = (side + across - 1) / across;
        var windows = new WindowTargets(new int[count], new float[2 * count], new float[count]);
        for (var window = 0; window < count; window++)
        {
            var patches = (
                from row in Enumerable.Range(window / across * size, size)
                from column in Enumerable.Range(window % across * size, size)
                where row < side && column < side
                select (row * side) + column).ToList();
            var things = patches.Where(patch => Labels[patch] > 0)
                .GroupBy(patch => (Labels[patch], Places[2 * patch], Places[(2 * patch) + 1])).ToList();
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
            windows.Places[2 * window] = x;
            windows.Places[(2 * window) + 1] = y;
            windows.Centres[window] = here ? 1 : 0;
        }

        return windows;
    }
}

/// <summary>What each window of patches shows, see <see cref="PatchTargets.Windows"/>.</summary>
/// <param name="Labels">[windows]: number of the label, 0 for none, -1 where nothing is known.</param>
/// <param name="Places">[windows, 2]: where that object's centre lies, from 0 to 1; 0 where there is no label.</param>
/// <param name="Centres">[windows]: 1 where an object's centre lies in the window, else 0.</param>
internal sealed record WindowTargets(int[] Labels, float[] Places, float[] Centres);
