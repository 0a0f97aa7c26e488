using Microsoft.AspNetCore.SignalR;
using Molmo.Demo.Server.Web;
using Molmo.Demo.Server.Web.Sockets;

namespace Molmo.Demo.Server.Chat;

/// <summary>
/// <c>/hubs/chat</c>: the chat for callers outside the pages, and for the web machine in the inference role. A refusal is a
/// <see cref="HubException"/> whose message is the sentence for the person.
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
            if (request is null) throw new ChatRefusedException(ChatFault.Invalid, "The question is missing.");
            var question = request.ToQuestion();
            var visitor = policy.ActsForAll ? new VisitorId(request.Visitor ?? "") : Visitors.Of(Context.User);
            var id = await service.StartAsync(request.ToId(), visitor, question, request.ToLeftOut(), Context.ConnectionAborted);
            return new StartReply(id.Value, question.Conversation.Value);
        }
        catch (ChatRefusedException e)
        {
            throw new HubException(e.Message);
        }
    }

    /// <summary>All events of an answer from number <paramref name="fromSeq"/> on, those to come included. Leaving does not stop it.</summary>
    public async IAsyncEnumerable<GenerationEvent> Attach(string generationId, long fromSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in AttachVerbatim(generationId, fromSeq, cancellationToken)) yield return entry.Event;
    }

    /// <summary>As <see cref="Attach"/>, with the verbatim text beside the events: for a caller that keeps a journal of its own.</summary>
    public async IAsyncEnumerable<JournalEntry> AttachVerbatim(
        string generationId, long fromSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var entries = ReadAsync(generationId, fromSeq, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await NextAsync(entries, cancellationToken)) yield return entries.Current;
    }

    /// <summary>Ends an answer with what is written.</summary>
    public async Task Stop(string generationId)
    {
        try
        {
            await service.StopAsync(await VisitorOfAsync(generationId), new GenerationId(generationId), Context.ConnectionAborted);
        }
        catch (ChatRefusedException e)
        {
            throw new HubException(e.Message);
        }
    }

    /// <summary>How busy the engine is.</summary>
    public Task<QueueStatus> QueueStatus() => service.GetQueueStatusAsync(Context.ConnectionAborted);

    private async Task<VisitorId> VisitorOfAsync(string generationId)
    {
        if (!RandomId.IsWellFormed(generationId)) throw new HubException(QuestionRules.UnknownAnswer().Message);
        if (!policy.ActsForAll) return Visitors.Of(Context.User);
        return await service.OwnerOfAsync(new GenerationId(generationId), Context.ConnectionAborted)
            ?? throw new HubException(QuestionRules.UnknownAnswer().Message);
    }

    private async IAsyncEnumerable<JournalEntry> ReadAsync(string generationId, long fromSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reading = new Reading(Context, policy.ActsForAll);
        var visitor = await VisitorOfAsync(generationId);
        await foreach (var entry in service.ReadEntriesAsync(visitor, new GenerationId(generationId), fromSeq, cancellationToken)) yield return entry;
    }

    // An iterator cannot catch around a yield, so a refusal is translated around each step; filters do not see a stream's end.
    private async ValueTask<bool> NextAsync(IAsyncEnumerator<JournalEntry> entries, CancellationToken cancellationToken)
    {
        try
        {
            return await entries.MoveNextAsync();
        }
        catch (Exception e)
        {
            log.Ended(nameof(Attach), e, cancellationToken);
            if (e is ChatRefusedException) throw new HubException(e.Message);
            throw;
        }
    }

    /// <summary>One answer followed over a connection. SignalR itself bounds calls, not streams.</summary>
    private sealed class Reading : IDisposable
    {
        private const int Most = 64;

        private readonly int[] _count;

        public Reading(HubCallerContext context, bool actsForAll)
        {
            lock (context.Items)
            {
                if (!context.Items.TryGetValue(typeof(Reading), out var count)) context.Items[typeof(Reading)] = count = new int[1];
                _count = (int[])count!;
            }
            if (Interlocked.Increment(ref _count[0]) <= Most || actsForAll) return;
            Dispose();
            throw new HubException($"No more than {Most} answers can be followed over one connection.");
        }

        public void Dispose() => Interlocked.Decrement(ref _count[0]);
    }
}
