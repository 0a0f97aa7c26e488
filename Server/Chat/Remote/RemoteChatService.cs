using System.Net.WebSockets;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Molmo.Demo.Server.Hosting;

namespace Molmo.Demo.Server.Chat.Remote;

/// <summary>
/// The chat of the inference machine over SignalR. Reading survives cuts: it attaches again after the last number seen, so
/// nothing is lost and nothing comes twice.
/// </summary>
internal sealed class RemoteChatService(RemoteLink link, MolmoOptions options) : IChatService
{
    private static readonly TimeSpan StatusPatience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a call waits for a machine that is away. The machine itself gives an unread answer up after the same time.</summary>
    private readonly TimeSpan _patience = TimeSpan.FromSeconds(options.UnreadSeconds);

    public Task<GenerationId> StartAsync(VisitorId visitor, Question question, CancellationToken cancellationToken)
        => StartAsync(GenerationId.New(), visitor, question, default, cancellationToken);

    /// <summary>As the interface's, under an id of the caller's choice; repeated after a cut without asking twice.</summary>
    public async Task<GenerationId> StartAsync(GenerationId id, VisitorId visitor, Question question, LeftOutTurns left, CancellationToken cancellationToken)
    {
        var request = new StartRequest
        {
            GenerationId = id.Value,
            Visitor = visitor.Value,
            Conversation = question.Conversation.Value,
            Text = question.Text,
            Image = question.Image?.Value,
            Region = question.Region,
            Sampling = question.Sampling,
            History = question.History is { } history ? [.. history] : null,
            OmittedTurns = left.OfOtherPictures,
            CutTurns = left.Cut,
            Prompt = question.Prompt,
            Place = question.Place,
        };
        var reply = await CallAsync(connection => connection.InvokeAsync<StartReply>(nameof(ChatHub.StartGeneration), request, cancellationToken), cancellationToken);
        return new GenerationId(reply.GenerationId);
    }

    public async IAsyncEnumerable<GenerationEvent> ReadAsync(
        VisitorId visitor, GenerationId id, long fromSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in ReadEntriesAsync(id, fromSeq, cancellationToken)) yield return entry.Event;
    }

    /// <summary>Entries from a number on until the last; ends without one where the machine's journal is shorter than the caller's.</summary>
    public async IAsyncEnumerable<JournalEntry> ReadEntriesAsync(
        GenerationId id, long fromSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var endedEarly = 0;
        for (var next = fromSeq; ;)
        {
            var connection = await ConnectedAsync(cancellationToken);
            await using var entries = connection.StreamAsync<JournalEntry>(nameof(ChatHub.AttachVerbatim), id.Value, next, cancellationToken)
                .GetAsyncEnumerator(cancellationToken);
            while (true)
            {
                var step = await NextAsync(entries, cancellationToken);
                if (step == Step.Cut) break;
                // A machine that is going down ends its streams as if they were over; one that really has no more says so twice.
                if (step == Step.Done && ++endedEarly > 1) yield break;
                if (step == Step.Done) break;
                endedEarly = 0;
                if (entries.Current.Event.Seq < next) continue;
                yield return entries.Current;
                if (entries.Current.Event.IsLast) yield break;
                next = entries.Current.Event.Seq + 1;
            }
            // The link notices the same cut a moment later; without a pause this loop would ask the dead connection again.
            await Task.Delay(Pause, cancellationToken);
        }
    }

    public Task StopAsync(VisitorId visitor, GenerationId id, CancellationToken cancellationToken)
        => CallAsync(connection => connection.InvokeAsync<object?>(nameof(ChatHub.Stop), id.Value, cancellationToken), cancellationToken);

    public async Task<QueueStatus> GetQueueStatusAsync(CancellationToken cancellationToken)
    {
        if (link.Trouble is { } trouble) return new QueueStatus(0, 0, null, Ready: false, trouble);
        try
        {
            var connection = await link.ConnectedAsync(cancellationToken).WaitAsync(StatusPatience, cancellationToken);
            return await connection.InvokeAsync<QueueStatus>(nameof(ChatHub.QueueStatus), cancellationToken).WaitAsync(StatusPatience, cancellationToken);
        }
        catch (Exception e) when (IsCut(e) || e is HubException or TimeoutException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new QueueStatus(0, 0, null, Ready: false, link.Trouble ?? new MachineSilent());
        }
    }

    private async Task<T> CallAsync<T>(Func<HubConnection, Task<T>> call, CancellationToken cancellationToken)
    {
        while (true)
        {
            var connection = await ConnectedAsync(cancellationToken);
            try
            {
                return await call(connection);
            }
            catch (HubException e)
            {
                throw Refused(e);
            }
            catch (Exception e) when (IsCut(e))
            {
                cancellationToken.ThrowIfCancellationRequested();
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }

    private async Task<HubConnection> ConnectedAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await link.ConnectedAsync(cancellationToken).WaitAsync(_patience, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new ChatRefusedException(ChatFault.Unavailable, new MachineAwayTooLong());
        }
    }

    private enum Step
    {
        Entry,
        Done,
        Cut,
    }

    private static async ValueTask<Step> NextAsync(IAsyncEnumerator<JournalEntry> entries, CancellationToken cancellationToken)
    {
        try
        {
            return await entries.MoveNextAsync() ? Step.Entry : Step.Done;
        }
        catch (HubException e)
        {
            throw Refused(e);
        }
        catch (Exception e) when (IsCut(e))
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Step.Cut;
        }
    }

    // A connection that closes cancels what is pending on it, and one that breaks while the caller gives up throws what it likes:
    // only the caller's own token tells whether it was the caller.
    private static bool IsCut(Exception e) => e is OperationCanceledException or WebSocketException or IOException or InvalidOperationException;

    // The hub of an inference machine says the fact as JSON, before which the client puts the exception's name.
    private static ChatRefusedException Refused(HubException e)
    {
        const string mark = "HubException: ";
        var start = e.Message.IndexOf(mark, StringComparison.Ordinal);
        return new ChatRefusedException(ChatFault.Unavailable, start < 0 ? new MachineFailed() : FactOf(e.Message[(start + mark.Length)..]));
    }

    private static Fact FactOf(string said)
    {
        try
        {
            return JsonSerializer.Deserialize<Fact>(said) ?? new MachineFailed();
        }
        catch (JsonException)
        {
            // SignalR's own refusals are words.
            return new EarlierWords(said);
        }
    }
}
