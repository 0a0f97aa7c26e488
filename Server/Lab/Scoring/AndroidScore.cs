namespace Molmo.Demo.Lab.Scoring;

/// <summary>A predicted step on a phone against the true one.</summary>
/// <param name="IsTypeRight">The kind of action is the true one.</param>
/// <param name="IsInBox">The step is right, presses by the target's box alone, as the published evaluation counts
/// after AndroidControl's appendix D.3; a press without a box is wrong.</param>
/// <param name="IsRight">The step is right, presses by the box, or near the true point.</param>
internal sealed record AndroidScore(bool IsTypeRight, bool IsInBox, bool IsRight)
{
    /// <summary>
    /// Widths of the screen between points that mean the same, after Android in the Wild (Rawles and others 2023).
    /// </summary>
    private const double Near = 0.14;

    /// <param name="prediction">The model's action.</param>
    /// <param name="actual">The true one.</param>
    /// <param name="box">Of the true target, [left, top, right, bottom] in percent; null where there is none.</param>
    /// <param name="size">Of the screen, [width, height] in pixels: what makes two distances alike.</param>
    /// <exception cref="FormatException">The truth is no action, or a box or size is of another form.</exception>
    public static AndroidScore Of(string prediction, string actual, double[]? box, int[] size)
    {
        if (box is not null and not [_, _, _, _]) throw new FormatException("The member \"box\" is not four numbers.");
        var (said, wanted) = (AndroidAction.Parse(prediction), AndroidAction.Parse(actual));
        if (wanted.Type is null) throw new FormatException($"The action \"{actual}\" is none of AndroidControl's.");
        var isInBox = said.Point is { } point && box is not null
            && point.X >= box[0] && point.Y >= box[1] && point.X <= box[2] && point.Y <= box[3];
        // A click on the app's icon opens it as well.
        if (said.Type != wanted.Type)
        {
            var isOpened = said.Type == "click" && wanted.Type == "open app" && isInBox;
            return new AndroidScore(IsTypeRight: false, isOpened, isOpened);
        }

        if (!wanted.IsPress) return new AndroidScore(true, said.Text == wanted.Text, said.Text == wanted.Text);
        return new AndroidScore(true, isInBox, isInBox || IsNear(said.Point, wanted.Point, size));
    }

    private static bool IsNear((double X, double Y)? said, (double X, double Y)? wanted, int[] size)
    {
        if (size is not [> 0 and var width, > 0 and var height])
            throw new FormatException("The member \"size\" is not a width and a height.");
        return said is { } a && wanted is { } b
            && double.Hypot(a.X - b.X, (a.Y - b.Y) * height / width) <= Near * 100;
    }
}
