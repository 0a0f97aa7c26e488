namespace Molmo.Demo.Client.Images;

/// <summary>What the photo viewer says.</summary>
public static class ViewerWords
{
    /// <summary>The question that a dot's menu asks about the picture around it.</summary>
    public const string WhatIsThis = "What is this?";

    internal const string Frame = "Photo. Plus and minus zoom, 0 fits, arrow keys move, n and p go from dot to dot.";
    internal const string Region = "Part of the photo. Arrow keys move it, Shift with arrow keys changes its size, Enter takes it, Escape leaves.";
    internal const string RegionHint = "Drag a box around it.";
    internal const string Points = "Points";
}
