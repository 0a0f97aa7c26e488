namespace Molmo.Demo.Client.Compare;

/// <summary>What the comparison says about the two checkpoints.</summary>
public static class CheckpointWords
{
    /// <summary>How to have a second one.</summary>
    private const string Switch = "--compare FOLDER";

    /// <summary>Name of the choice of a side.</summary>
    public static string Choice => T("Model checkpoint");

    /// <summary>What there is to know before asking; null where both answer.</summary>
    /// <param name="checkpoints">Both, the first one first; null where there is one.</param>
    public static string? Notice(IReadOnlyList<CheckpointStatus>? checkpoints) => checkpoints switch
    {
        [var first, { HasFailed: true } second] =>
            T("The second checkpoint, {0}, could not be loaded; the server's log says why. Both sides ask {1}.",
                second.Name, first.Name),
        [_, { Ready: false, Progress: { } progress } second] =>
            T("{0} is on its way: {1} %. It can be chosen as soon as it is there.", second.Name, progress.Percent),
        [_, { Ready: false } second] => T("{0} is on its way. It can be chosen as soon as it is there.", second.Name),
        [_, _] => null,
        _ => T("Two checkpoints can be compared as well, when the server is started with a second one: {0}.", Switch),
    };
}
