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
}
