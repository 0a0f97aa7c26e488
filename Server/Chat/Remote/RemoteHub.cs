using System.Net.WebSockets;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;

namespace Molmo.Demo.Server.Chat.Remote;

/// <summary>
/// The hub of the inference machine, asked over SignalR. Reading survives cuts: it attaches again after the last number
/// seen, so nothing is lost and nothing comes twice.
/// </summary>
internal sealed class RemoteHub(RemoteLink link, MolmoOptions options)
{
    private static readonly TimeSpan StatusPatience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// How long a call waits for a machine that is away. The machine itself gives an unread answer up after the same
    /// time.
    /// </summary>
    private readonly TimeSpan _patience = TimeSpan.FromSeconds(options.UnreadSeconds);

    /// <summary>What the machine's model said that it knows, when it was last asked for its status.</summary>
    public Knowledge? Knows { get; private set; }

    /// <summary>Asks a question under its own id; repeated after a cut without asking twice.</summary>
    /// <exception cref="ChatRefusedException">The machine refused it, or stays away.</exception>
    public Task StartAsync(Assignment assignment, CancellationToken cancellationToken)
    {
        var request = new StartRequest
        {
            GenerationId = assignment.Id.Value,
            Visitor = assignment.Visitor.Value,
            Text = assignment.Text,
            Image = assignment.Image?.ContentHash,
            Region = assignment.Region,
            Sampling = assignment.Sampling,
            History = assignment.History,
            OmittedTurns = assignment.OmittedTurns,
            CutTurns = assignment.CutTurns,
            Prompt = assignment.Prompt,
            Place = assignment.Written is { } written ? new TurnPlace(Written: written) : null,
        };
        const string method = nameof(ChatHub.StartGeneration);
        return CallAsync(
            connection => connection.InvokeAsync<StartReply>(method, request, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Entries from a number on until the last; ends without one where the machine's journal is shorter than the
    /// caller's.
    /// </summary>
    public async IAsyncEnumerable<JournalEntry> ReadEntriesAsync(
        GenerationId id, long fromSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var endedEarly = 0;
        for (var next = fromSeq; ;)
        {
            var connection = await ConnectedAsync(cancellationToken);
            await using var entries = connection.StreamAsync<JournalEntry>(
                nameof(ChatHub.AttachVerbatim), id.Value, next, cancellationToken)
                .GetAsyncEnumerator(cancellationToken);
            while (true)
            {
                var step = await NextAsync(entries, cancellationToken);
                if (step == Step.Cut) break;
                // A machine that is going down ends its streams as if they were over; one that really has no more says
                // so twice.
                if (step == Step.Done && ++endedEarly > 1) yield break;
                if (step == Step.Done) break;
                endedEarly = 0;
                if (entries.Current.Event.Seq < next) continue;
                yield return entries.Current;
                if (entries.Current.Event.IsLast) yield break;
                next = entries.Current.Event.Seq + 1;
            }
            // The link notices the same cut a moment later; without a pause this loop would ask the dead connection
            // again.
            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <summary>Ends an answer there with what is written.</summary>
    public Task StopAsync(GenerationId id, CancellationToken cancellationToken)
        => CallAsync(
            connection => connection.InvokeAsync<object?>(nameof(ChatHub.Stop), id.Value, cancellationToken),
            cancellationToken);

    /// <summary>Lets the machine's model look at a picture that it has.</summary>
    /// <exception cref="ChatRefusedException">The machine refused, or stays away.</exception>
    public Task LookAsync(VisitorId visitor, string contentHash, CancellationToken cancellationToken)
        => CallAsync(
            async connection =>
            {
                await foreach (var _ in connection.StreamAsync<bool>(
                    nameof(ChatHub.Look), contentHash, visitor.Value, cancellationToken)) { }
                return true;
            }, cancellationToken);

    /// <summary>How busy the machine is; says so where it does not reply.</summary>
    public async Task<QueueStatus> GetQueueStatusAsync(CancellationToken cancellationToken)
    {
        if (link.Trouble is { } trouble) return new QueueStatus(0, 0, null, Ready: false, trouble);
        try
        {
            var connection = await link.ConnectedAsync(cancellationToken).WaitAsync(StatusPatience, cancellationToken);
            var status = await connection.InvokeAsync<QueueStatus>(nameof(ChatHub.QueueStatus), cancellationToken)
                .WaitAsync(StatusPatience, cancellationToken);
            Knows = status.Knows;
            return status;
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

    private static async ValueTask<Step> NextAsync(
        IAsyncEnumerator<JournalEntry> entries, CancellationToken cancellationToken)
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

    // A connection that closes cancels what is pending on it, and one that breaks while the caller gives up throws what
    // it likes: only the caller's own token tells whether it was the caller.
    private static bool IsCut(Exception e)
        => e is OperationCanceledException or WebSocketException or IOException or InvalidOperationException;

    // The hub of an inference machine says the fact as JSON, before which the client puts the exception's name.
    private static ChatRefusedException Refused(HubException e)
    {
        const string mark = "HubException: ";
        var start = e.Message.IndexOf(mark, StringComparison.Ordinal);
        return new ChatRefusedException(
            ChatFault.Unavailable, start < 0 ? new MachineFailed() : FactOf(e.Message[(start + mark.Length)..]));
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
