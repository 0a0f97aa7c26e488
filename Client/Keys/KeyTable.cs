using System.Collections.Immutable;

namespace Molmo.Demo.Client.Keys;

/// <summary>A key, or keys that do the same.</summary>
/// <param name="Id">Its name in tests.</param>
/// <param name="Chords">Ways to press it, each the keys held together, such as <c>Ctrl</c>, <c>Shift</c>, <c>O</c>.</param>
/// <param name="Does">What it does.</param>
public sealed record KeyEntry(string Id, ImmutableArray<ImmutableArray<string>> Chords, string Does);

/// <summary>Keys that hold in one place.</summary>
/// <param name="Name">The place.</param>
/// <param name="Place">What a page must have for it: <c>page</c>, <c>composer</c> or <c>viewer</c>.</param>
/// <param name="Keys">The keys.</param>
public sealed record KeyGroup(string Name, string Place, ImmutableArray<KeyEntry> Keys);

/// <summary>
/// Every key of the product, once. The scripts handle them where they hold (Composer, PhotoViewer, PointOverlay, KeysDialog);
/// a test presses each of this list. The names of the keys are what is printed on them, or would be.
/// </summary>
public static class KeyTable
{
    /// <summary>The groups in the order of the list.</summary>
    public static ImmutableArray<KeyGroup> Groups { get; } =
    [
        new("Asking", "composer",
        [
            new("send", [["Enter"]], "Send; a new line on touch keyboards"),
            new("newline", [["Shift", "Enter"]], "New line"),
            new("send-always", [["Ctrl", "Enter"]], "Send, on every keyboard"),
            new("recall", [["↑"]], "In the empty box: change your last question"),
            new("stop", [["Esc"]], "Stop the answer; close what is open"),
            new("box", [["/"], ["Shift", "Esc"]], "Go to the message box"),
            new("copy", [["Ctrl", "Shift", "C"]], "Copy the last answer"),
        ]),
        new("Everywhere", "page",
        [
            new("new", [["Ctrl", "Shift", "O"]], "New chat"),
            new("help", [["?"], ["Ctrl", "/"]], "This list"),
        ]),
        new("On the photo", "viewer",
        [
            new("next", [["n"]], "Next dot"),
            new("previous", [["p"]], "Dot before"),
            new("next-group", [["]"]], "Next group"),
            new("previous-group", [["["]], "Group before"),
            new("closer", [["Enter"]], "On a dot: look closer, and what can be done with it"),
            new("hide", [["h"]], "Hold: hide the dots"),
            new("numbers", [["l"]], "Numbers on or off"),
            new("zoom-in", [["+"]], "Closer"),
            new("zoom-out", [["-"]], "Farther"),
            new("fit", [["0"]], "The whole photo"),
        ]),
        new("Checking a count", "composer",
        [
            new("audit", [["a"]], "On the photo: check the count, dot by dot"),
            new("audit-right", [["y"]], "The dot is right"),
            new("audit-wrong", [["x"]], "The dot is wrong"),
            new("audit-missing", [["m"]], "Add one that is missing"),
            new("audit-undo", [["Backspace"]], "Undo"),
        ]),
    ];
}
