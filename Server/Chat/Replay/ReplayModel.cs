using System.Security.Cryptography;
using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Server.Engines;

namespace Molmo.Demo.Server.Chat.Replay;

/// <summary>
/// Answers <c>replay: name</c> with the recording of that name, through the same queue, journal and parser as the
/// model's answers; every other question goes to the model. For trying what a model does rarely: bad markup, slow or
/// broken streams, hundreds of dots.
/// </summary>
/// <param name="model">Answers everything else.</param>
/// <param name="folder">Holds the recordings; read anew at each question.</param>
/// <param name="time">Keeps the pauses.</param>
internal sealed class ReplayModel(IAnsweringModel model, string folder, TimeProvider time) : IAnsweringModel
{
    private const string Prefix = "replay:";

    private static readonly TimeSpan GateLook = TimeSpan.FromMilliseconds(20);

    public Fact? Trouble => model.Trouble;

    public bool HasFailed => model.HasFailed;

    public ModelProgress? Progress => model.Progress;

    public Knowledge? Knows => model.Knows;

    public IReadOnlyList<CheckpointStatus>? Checkpoints => model.Checkpoints;

    public ReuseStatistics? Reuse => model.Reuse;

    public void ThrowIfUnavailable(string checkpoint) => model.ThrowIfUnavailable(checkpoint);

    public ContextFit? Fit(Assignment assignment) => model.Fit(assignment);

    public Task LookAsync(AwaitedPhoto photo, CancellationToken cancellationToken)
        => model.LookAsync(photo, cancellationToken);

    public void Forget(ConversationId conversation) => model.Forget(conversation);

    public void ForgetPicture(string contentKey) => model.ForgetPicture(contentKey);

    public async Task<PreparedAnswer> PrepareAsync(Assignment assignment, CancellationToken cancellationToken)
    {
        if (!assignment.Text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            return await model.PrepareAsync(assignment, cancellationToken);
        var name = assignment.Text[Prefix.Length..].Trim();
        // The name is looked for among the files that are there, so that it is never a path.
        var file = Files().FirstOrDefault(file => Path.GetFileNameWithoutExtension(file) == name)
            ?? throw new ChatRefusedException(ChatFault.Unknown,
                new RecordingUnknown(string.Join(", ", Files().Select(Path.GetFileNameWithoutExtension))));
        var bytes = await File.ReadAllBytesAsync(file, cancellationToken);
        Recording recording;
        try
        {
            recording = Recording.Parse(await File.ReadAllLinesAsync(file, cancellationToken));
        }
        catch (FormatException e)
        {
            throw new ChatRefusedException(ChatFault.Invalid, new RecordingUnusable(name, e.Message));
        }
        var revision = Convert.ToHexStringLower(SHA256.HashData(bytes))[..12];
        var stamp = new EngineStamp($"recording {name}", revision, "recorded", new EarlierWords("replay"),
            LoadedModel.EngineVersion, assignment.Sampling);
        return new PreparedAnswer(
            stamp, Sent: null, PromptTokens: 0, UnsentTurns: 0, PreprocessMs: 0,
            RunAsync(recording.After(assignment.Written?.Text.Length ?? 0), CancellationToken.None));
    }

    private IEnumerable<string> Files()
        => Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*" + Recording.Extension).Order(StringComparer.Ordinal)
            : [];

    private async IAsyncEnumerable<GenerationUpdate> RunAsync(
        Recording recording, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var piece in recording.Pieces)
        {
            while (piece.Gate is { } gate && !File.Exists(Path.Combine(folder, gate)))
                await Task.Delay(GateLook, time, cancellationToken);
            if (piece.Pause > TimeSpan.Zero) await Task.Delay(piece.Pause, time, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            yield return new GenerationUpdate(0, piece.Text, null);
        }
        if (recording.Finish is { } finish) yield return new GenerationUpdate(null, "", finish);
    }
}
