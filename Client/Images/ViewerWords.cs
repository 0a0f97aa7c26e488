namespace Molmo.Demo.Client.Images;

/// <summary>What the photo viewer says.</summary>
public static class ViewerWords
{
    /// <summary>
    /// The question that a dot's menu asks about the picture around it: in English, the language of the model.
    /// </summary>
    public const string WhatIsThis = "What is this?";

    /// <summary>What the button says that asks it.</summary>
    internal static string AskWhatThisIs => T("What is this?");

    internal static string Frame
        => T("Photo. Plus and minus zoom, 0 fits, arrow keys move, n and p go from dot to dot.");
    internal static string Region => T("Part of the photo. Arrow keys move it, Shift with arrow keys changes its size, "
        + "Enter takes it, Escape leaves.");
    internal static string RegionHint => T("Drag a box around it.");
    internal static string Points => T("Points");
}
