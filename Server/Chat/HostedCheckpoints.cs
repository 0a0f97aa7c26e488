using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Server.Engines;

namespace Molmo.Demo.Server.Chat;

/// <summary>The checkpoints of this process as questions meet them: the first answers what names none.</summary>
internal sealed class HostedCheckpoints(Checkpoints checkpoints, QuestionPreparation preparation) : IAnsweringModel
{
    private readonly EngineHost _first = checkpoints.First;

    public Fact? Trouble => _first.Trouble ?? (_first.IsReady ? null : _first.Doing);

    public bool HasFailed => _first.Trouble is not null;

    public ModelProgress? Progress => _first.Progress;

    public Knowledge? Knows => _first.Knows;

    public IReadOnlyList<CheckpointStatus>? Checkpoints => checkpoints.Statuses;

    public ReuseStatistics? Reuse
        => Engines.Aggregate(default(ReuseStatistics), (all, engine) => all + engine.Reuse);

    private IEnumerable<InferenceEngine> Engines
        => new[] { _first, checkpoints.Second }.OfType<EngineHost>().Where(host => host.IsReady)
            .Select(host => host.Loaded.Result.Engine);

    public void ThrowIfUnavailable(string checkpoint)
    {
        var engine = Find(checkpoint);
        if (engine == _first && engine.Trouble is { } trouble)
            throw new ChatRefusedException(ChatFault.Unavailable, trouble);
        if (engine == _first || engine.IsReady) return;
        // Waiting for it would hold a place in the queue that answers of the first need.
        throw engine.Trouble is not null
            ? new ChatRefusedException(ChatFault.Unavailable, new CheckpointFailed(checkpoint))
            : new ChatRefusedException(
                ChatFault.Unavailable, new CheckpointNotReady(checkpoint), TimeSpan.FromSeconds(10));
    }

    public ContextFit? Fit(Assignment assignment)
    {
        if (Find(assignment.Prompt.Checkpoint) is not { IsReady: true } engine) return null;
        var fit = ContextFit.Of(engine.Loaded.Result, assignment);
        fit.ThrowUnlessAgreed(assignment.Prompt);
        return fit;
    }

    public async Task<PreparedAnswer> PrepareAsync(Assignment assignment, CancellationToken cancellationToken)
    {
        var model = await Find(assignment.Prompt.Checkpoint).WaitAsync(cancellationToken);
        return await preparation.PrepareAsync(model, assignment, cancellationToken);
    }

    public async Task LookAsync(AwaitedPhoto photo, CancellationToken cancellationToken)
    {
        if (HasFailed) return;
        await preparation.LookAsync(await _first.WaitAsync(cancellationToken), photo, cancellationToken);
    }

    public void Forget(ConversationId conversation)
    {
        foreach (var engine in Engines) engine.Forget(conversation.Value);
    }

    public void ForgetPicture(string contentKey)
    {
        foreach (var engine in Engines) engine.ForgetPicture(contentKey);
    }

    private EngineHost Find(string? checkpoint)
        => checkpoints.Find(checkpoint) ?? throw QuestionRules.UnknownCheckpoint(checkpoint!);
}
