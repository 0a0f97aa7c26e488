namespace Molmo.Demo.Client.Keys;

/// <summary>A key, or keys that do the same.</summary>
/// <param name="Id">Its name in tests.</param>
/// <param name="Chords">Ways to press it, each the keys held together, such as <c>Ctrl</c>, <c>Shift</c>,
/// <c>O</c>.</param>
/// <param name="Does">What it does.</param>
public sealed record KeyEntry(string Id, ImmutableArray<ImmutableArray<string>> Chords, string Does);

/// <summary>Keys that hold in one place.</summary>
/// <param name="Name">The place.</param>
/// <param name="Place">What a page must have for it: <c>page</c>, <c>composer</c> or <c>viewer</c>.</param>
/// <param name="Keys">The keys.</param>
public sealed record KeyGroup(string Name, string Place, ImmutableArray<KeyEntry> Keys);

/// <summary>
/// Every key of the product, once. The scripts handle them where they hold (Composer, ImageViewer, PointOverlay,
/// KeysDialog); a test presses each of this list. The names of the keys are what is printed on them, or would be.
/// </summary>
public static class KeyTable
{
    /// <summary>The groups in the order of the list.</summary>
    public static ImmutableArray<KeyGroup> Groups =>
    [
        new(T("Asking"), "composer",
        [
            new("send", [["Enter"]], T("Send; a new line on touch keyboards")),
            new("newline", [["Shift", "Enter"]], T("New line")),
            new("send-always", [["Ctrl", "Enter"]], T("Send, on every keyboard")),
            new("recall", [["↑"]], T("In the empty box: change your last question")),
            new("stop", [["Esc"]], T("Stop the answer; close what is open")),
            new("box", [["/"], ["Shift", "Esc"]], T("Go to the message box")),
            new("copy", [["Ctrl", "Shift", "C"]], T("Copy the last answer")),
        ]),
        new(T("Everywhere"), "page",
        [
            new("new", [["Ctrl", "Shift", "O"]], T("New chat")),
            new("help", [["?"], ["Ctrl", "/"]], T("This list")),
        ]),
        new(T("On the photo"), "viewer",
        [
            new("next", [["n"]], T("Next dot")),
            new("previous", [["p"]], T("Previous dot")),
            new("next-group", [["]"]], T("Next group")),
            new("previous-group", [["["]], T("Previous group")),
            new("closer", [["Enter"]], T("On a dot: look closer, and what can be done with it")),
            new("hide", [["h"]], T("Hold: hide the dots")),
            new("numbers", [["l"]], T("Numbers on or off")),
            new("zoom-in", [["+"]], T("Zoom in")),
            new("zoom-out", [["-"]], T("Zoom out")),
            new("fit", [["0"]], T("The whole photo")),
        ]),
        new(T("Checking a count"), "composer",
        [
            new("audit", [["a"]], T("On the photo: check the count, dot by dot")),
            new("audit-right", [["y"]], T("The dot is right")),
            new("audit-wrong", [["x"]], T("The dot is wrong")),
            new("audit-missing", [["m"]], T("Add one that is missing")),
            new("audit-undo", [["Backspace"]], T("Undo")),
        ]),
    ];
}
