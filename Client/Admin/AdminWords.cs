using Molmo.Demo.Client.Chat;
using Molmo.Demo.Shared.Admin;

namespace Molmo.Demo.Client.Admin;

/// <summary>What the page of who runs the server says of it, as names and values.</summary>
public static class AdminWords
{
    /// <summary>Each model with its state, then the queue.</summary>
    public static IEnumerable<(string Name, string Value)> Engine(AdminReport report)
    {
        var queue = report.Queue;
        if (queue.Checkpoints is { } checkpoints)
        {
            foreach (var checkpoint in checkpoints) yield return (checkpoint.Name, State(checkpoint));
        }
        else
        {
            yield return (report.Model.Model,
                State(new CheckpointStatus(report.Model.Model, queue.Ready, Progress: queue.Progress)));
        }
        if (report.Model.Device is { } device) yield return (T("Device"), Words.Of(device));
        if (report.Model.Precision is { } precision) yield return (T("Precision"), precision);
        yield return (T("Answers being written"), $"{queue.Running}");
        yield return (T("Questions waiting"), $"{queue.Waiting}");
        yield return (T("Pages connected"), T("{0} of {1}", report.Limits.Circuits, report.Limits.MaxCircuits));
    }

    /// <summary>What the model need not compute again.</summary>
    public static IEnumerable<(string Name, string Value)> Reuse(AdminReuse reuse)
    {
        yield return (T("Memory blocks kept"), T("{0} of {1}", reuse.KeptBlocks, reuse.Blocks));
        if (reuse.Share is { } share) yield return (T("Share of prompts found there"), T("{0:0} %", 100 * share));
        yield return (T("Photos kept"), $"{reuse.Pictures}");
        yield return (T("Memory of these photos"), Size(reuse.PictureBytes));
    }

    /// <summary>Sizes and counts.</summary>
    public static IEnumerable<(string Name, string Value)> Storage(AdminStorage storage) =>
    [
        (T("Data folder"), Size(storage.Bytes)),
        (T("Free on its disk"), Size(storage.FreeBytes)),
        (T("Chats"), $"{storage.Conversations}"),
        (T("Photos"), $"{storage.Pictures}"),
        (T("Links that can be read"), $"{storage.Links}"),
    ];

    /// <summary>What is allowed.</summary>
    public static IEnumerable<(string Name, string Value)> Limits(AdminLimits limits) =>
    [
        (T("Answers at the same time"), $"{limits.MaxSequences}"),
        (T("Questions that may wait"), $"{limits.MaxWaiting}"),
        (T("Questions of one visitor at a time"), $"{limits.MaxPerVisitor}"),
        (T("Uploads of one visitor a minute"), $"{limits.UploadsPerMinute}"),
        (T("Stored photos of one visitor"), T("{0} MB", limits.VisitorMegabytes)),
        (T("New links of one visitor a day"), $"{limits.LinksPerDay}"),
        (T("Time until the first word"), T("{0} s", limits.FirstTokenSeconds)),
        (T("Time for the rest of an answer"), T("{0} s", limits.AnswerSeconds)),
        (T("Chats are kept"), limits.KeepHours > 0 ? PrivateWords.Span(limits.KeepHours) : T("until deleted")),
    ];

    private static string State(CheckpointStatus checkpoint)
        => checkpoint.Ready ? T("answers") : checkpoint.HasFailed ? T("failed, the log says why") : T("not there yet");

    private static string Size(long bytes)
        => bytes >= 100_000_000 ? T("{0:0.0} GB", bytes / 1e9) : T("{0:0.##} MB", bytes / 1e6);
}
