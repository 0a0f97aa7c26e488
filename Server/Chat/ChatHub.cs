using Microsoft.AspNetCore.SignalR;
using Molmo.Demo.Client.Localization;
using Molmo.Demo.Server.Web;
using Molmo.Demo.Server.Web.Sockets;

namespace Molmo.Demo.Server.Chat;

/// <summary>
/// <c>/hubs/chat</c>: the chat for callers outside the pages, and for the web machine in the inference role. A refusal
/// is a <see cref="HubException"/> whose message is the fact in the reader's language; to a web machine it is the
/// fact's JSON, so that the web machine says it in the language of its own reader.
/// </summary>
/// <remarks>
/// Where callers act for all visitors they have shown the shared key (<see cref="Remote.InferenceGate"/>); elsewhere
/// a caller is the visitor of its cookie.
/// </remarks>
internal sealed class ChatHub(GenerationService service, HubLog log, AcceptPolicy policy) : Hub
{
    /// <summary>Accepts a question and returns at once.</summary>
    public async Task<StartReply> StartGeneration(StartRequest request)
    {
        try
        {
            if (request is null) throw new ChatRefusedException(ChatFault.Invalid, new QuestionMissing());
            var question = request.ToQuestion();
            var visitor = policy.ActsForAll ? new VisitorId(request.Visitor ?? "") : Visitors.Of(Context.User);
            var id = await service.StartAsync(
                request.ToId(), visitor, question, request.ToLeftOut(), Context.ConnectionAborted);
            return new StartReply(id.Value, question.Conversation.Value);
        }
        catch (ChatRefusedException e)
        {
            throw Refused(e.Fact);
        }
    }

    /// <summary>
    /// All events of an answer from number <paramref name="fromSeq"/> on, those to come included. Leaving does not stop
    /// it.
    /// </summary>
    public async IAsyncEnumerable<GenerationEvent> Attach(
        string generationId, long fromSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in AttachVerbatim(generationId, fromSeq, cancellationToken)) yield return entry.Event;
    }

    /// <summary>
    /// As <see cref="Attach"/>, with the verbatim text beside the events: for a caller that keeps a journal of its own.
    /// </summary>
    public async IAsyncEnumerable<JournalEntry> AttachVerbatim(
        string generationId, long fromSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var entries =
            ReadAsync(generationId, fromSeq, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await NextAsync(entries, cancellationToken)) yield return entries.Current;
    }

    /// <summary>Ends an answer with what is written.</summary>
    public async Task Stop(string generationId)
    {
        try
        {
            await service.StopAsync(
                await VisitorOfAsync(generationId), new GenerationId(generationId), Context.ConnectionAborted);
        }
        catch (ChatRefusedException e)
        {
            throw Refused(e.Fact);
        }
    }

    /// <summary>
    /// Lets the model look at a photo before it is asked about. Ends when it has, without elements; leaving ends it
    /// early.
    /// </summary>
    public async IAsyncEnumerable<bool> Look(
        string? image, string? visitor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await service.LookAsync(
            policy.ActsForAll ? new VisitorId(visitor ?? "") : Visitors.Of(Context.User), ConversationId.New(),
            new ImageId(image ?? ""), cancellationToken);
        yield break;
    }

    /// <summary>How busy the engine is.</summary>
    public async Task<QueueStatus> QueueStatus()
    {
        var status = await service.GetQueueStatusAsync(Context.ConnectionAborted);
        return policy.ActsForAll || status.Fact is not { } fact
            ? status
            : status with { Message = Words.Of(fact, Reader) };
    }

    private Language Reader => Context.GetHttpContext() is { } connection ? Languages.Of(connection) : Language.English;

    private HubException Refused(Fact fact)
        => new(policy.ActsForAll ? JsonSerializer.Serialize(fact) : Words.Of(fact, Reader));

    private async Task<VisitorId> VisitorOfAsync(string generationId)
    {
        if (!RandomId.IsWellFormed(generationId)) throw Refused(new AnswerUnknown());
        if (!policy.ActsForAll) return Visitors.Of(Context.User);
        return await service.OwnerOfAsync(new GenerationId(generationId), Context.ConnectionAborted)
            ?? throw Refused(new AnswerUnknown());
    }

    private async IAsyncEnumerable<JournalEntry> ReadAsync(
        string generationId, long fromSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reading =
            policy.ActsForAll ? null : Reading.TryBegin(Context) ?? throw Refused(new TooManyReadings(Reading.Most));
        var reader = Reader;
        var visitor = await VisitorOfAsync(generationId);
        await foreach (var entry
            in service.ReadEntriesAsync(visitor, new GenerationId(generationId), fromSeq, cancellationToken))
            yield return policy.ActsForAll ? entry : entry with { Event = Words.On(entry.Event, reader) };
    }

    // An iterator cannot catch around a yield, so a refusal is translated around each step; filters do not see a
    // stream's end.
    private async ValueTask<bool> NextAsync(IAsyncEnumerator<JournalEntry> entries, CancellationToken cancellationToken)
    {
        try
        {
            return await entries.MoveNextAsync();
        }
        catch (Exception e)
        {
            log.Ended(nameof(Attach), e, cancellationToken);
            if (e is ChatRefusedException refusal) throw Refused(refusal.Fact);
            throw;
        }
    }

    /// <summary>One answer followed over a connection. SignalR itself bounds calls, not streams.</summary>
    private sealed class Reading : IDisposable
    {
        public const int Most = 64;

        private readonly int[] _count;

        private Reading(HubCallerContext context)
        {
            lock (context.Items)
            {
                if (!context.Items.TryGetValue(typeof(Reading), out var count))
                    context.Items[typeof(Reading)] = count = new int[1];
                _count = (int[])count!;
            }
        }

        /// <summary>Begins one; null where there are too many.</summary>
        public static Reading? TryBegin(HubCallerContext context)
        {
            var reading = new Reading(context);
            if (Interlocked.Increment(ref reading._count[0]) <= Most) return reading;
            reading.Dispose();
            return null;
        }

        public void Dispose() => Interlocked.Decrement(ref _count[0]);
    }
}
