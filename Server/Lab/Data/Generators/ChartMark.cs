using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Where a value was drawn.</summary>
/// <param name="Series">Number of its series.</param>
/// <param name="Category">Number of its category.</param>
/// <param name="At">A place on the mark that is of the mark's colour, in pixels.</param>
internal readonly record struct ChartMark(int Series, int Category, SKPoint At);
