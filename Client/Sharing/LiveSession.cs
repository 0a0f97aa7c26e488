using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Images;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Sharing;

/// <summary>
/// What one watcher's page has of a conversation that goes on elsewhere. Notices new questions, what a person finds at
/// the dots, and the end.
/// </summary>
/// <remarks>Used from one dispatcher only, the page's.</remarks>
public sealed class LiveSession(ILiveService live, TimeProvider time, LiveId id) : IAsyncDisposable
{
    /// <summary>How often questions and checks are looked for; answers come by themselves.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private readonly LiveReader _reader = new(live, id);
    private readonly List<ChatTurn> _turns = [];
    private readonly List<Task> _following = [];
    private readonly CancellationTokenSource _closed = new();

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<ChatTurn> Turns => _turns;

    /// <summary>Whether there is nothing more to come, and what was here may not be shown any more.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Raised when turns or the end changed. A growing answer raises its turn's own event instead.</summary>
    public event Action? Changed;

    /// <summary>Look of a turn's first group, as in the chat; see <see cref="PointLook.Classes"/>.</summary>
    public int LookOf(ChatTurn turn) => ChatTurn.LookOf(_turns, turn);

    /// <summary>Takes what is there now; ended answers are whole on return.</summary>
    public async Task OpenAsync()
    {
        if (await live.WatchAsync(id, _closed.Token) is not { } conversation)
        {
            IsOver = true;
            return;
        }
        var ended = new List<Task>();
        foreach (var turn in conversation.Turns)
        {
            var following = Add(turn);
            if (turn.IsEnded) ended.Add(following);
        }
        await Task.WhenAll(ended);
    }

    /// <summary>Takes questions and checks as they are made, until the end or until the page is gone.</summary>
    public async Task WatchAsync()
    {
        try
        {
            while (!IsOver)
            {
                await Task.Delay(Pace, time, _closed.Token);
                var conversation = await live.WatchAsync(id, _closed.Token);
                if (conversation is null) Close();
                else Take(conversation);
            }
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested)
        {
            // The page is gone.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        foreach (var following in _following) await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closed.Dispose();
    }

    // Also what was deleted, and what another version of a question has taken the place of.
    private void Take(LiveConversation conversation)
    {
        var isChanged = _turns.RemoveAll(known => !conversation.Turns.Any(turn => turn.Id == known.Id)) > 0;
        foreach (var turn in conversation.Turns)
        {
            if (_turns.Find(known => known.Id == turn.Id) is not { } known)
            {
                _ = Add(turn);
                isChanged = true;
            }
            else if (!known.Audit.Steps.SequenceEqual((turn.Audit ?? Audit.Empty).Steps))
            {
                known.SetAudit(turn.Audit ?? Audit.Empty);
            }
        }
        if (isChanged) Changed?.Invoke();
    }

    private void Close()
    {
        IsOver = true;
        _turns.Clear();
        Changed?.Invoke();
    }

    private Task Add(LiveTurn turn)
    {
        var shown = new ChatTurn(turn.Id, turn.Question, turn.Image, turn.Region);
        if (turn.Audit is { } audit) shown.SetAudit(audit);
        _turns.Add(shown);
        var following = shown.FollowAsync(_reader, default, time, _closed.Token);
        _following.Add(following);
        return following;
    }
}

/// <summary>A live link as the source of answers: they can be read and nothing else.</summary>
internal sealed class LiveReader(ILiveService live, LiveId id) : IChatService
{
    public IAsyncEnumerable<GenerationEvent> ReadAsync(
        VisitorId visitor, GenerationId answer, long fromSeq, CancellationToken cancellationToken)
        => live.ReadAsync(id, answer, fromSeq, cancellationToken);

    public Task<GenerationId> StartAsync(VisitorId visitor, Question question, CancellationToken cancellationToken)
        => throw ReadOnly();

    public Task StopAsync(VisitorId visitor, GenerationId answer, CancellationToken cancellationToken)
        => throw ReadOnly();

    public Task<QueueStatus> GetQueueStatusAsync(CancellationToken cancellationToken)
        => Task.FromResult(new QueueStatus(0, 0, null, Ready: true, null));

    private static ChatRefusedException ReadOnly() => new(ChatFault.Invalid, new WatchingOnly());
}
