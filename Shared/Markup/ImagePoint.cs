namespace Molmo.Demo.Shared.Markup;

/// <summary>A place on a picture.</summary>
/// <param name="N">Number within its group, 1, 2, 3, ... in the model's order.</param>
/// <param name="X">Percent of the width, 0 to 100.</param>
/// <param name="Y">Percent of the height, 0 to 100.</param>
public readonly record struct ImagePoint(int N, double X, double Y);
