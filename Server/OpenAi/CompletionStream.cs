using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.OpenAi.Wire;

namespace Molmo.Demo.Server.OpenAi;

/// <summary>
/// A completion as chunks: one with the role, text as it is written, one with finish reason, points and stamp, one
/// with the tokens where they were asked for, <c>[DONE]</c>.
/// </summary>
internal sealed class CompletionStream(GenerationService service, MolmoOptions options, TimeProvider time)
{
    private const string Kind = "chat.completion.chunk";

    /// <exception cref="ApiException">The question was refused; nothing was sent.</exception>
    public async Task WriteAsync(HttpContext context, Run run, PointsMode mode, bool includesUsage)
    {
        var gone = context.RequestAborted;
        var asked = run.Started is null ? null : await run.Started.WaitAsync(gone);
        var events = new EventStream(context.Response, TimeSpan.FromSeconds(options.HeartbeatSeconds), time);
        await events.BeginAsync(gone);
        var sent = asked is null ? 0 : await SendLiveAsync(events, asked, mode, gone);
        await events.BeatUntilAsync(run.Reply, gone);
        try
        {
            var completion =
                JsonSerializer.Deserialize<ChatCompletion>(await run.Reply.WaitAsync(gone), OpenAiJson.Options)!;
            await SendRestAsync(events, completion, sent, includesUsage, gone);
        }
        catch (Exception e) when (ApiException.Of(e) is { } refusal)
        {
            // The status is long sent: the refusal is the last event.
            await events.SendAsync(
                JsonSerializer.Serialize(ApiError.Body(refusal, context), OpenAiJson.Options), cancellationToken: gone);
        }
    }

    /// <returns>Characters sent.</returns>
    private async Task<int> SendLiveAsync(EventStream events, Asked asked, PointsMode mode, CancellationToken gone)
    {
        var answer = new AnswerCollector(mode, asked.Ask.Stop);
        try
        {
            await foreach (var entry
                in events.BeatAsync(service.ReadEntriesAsync(asked.Visitor, asked.Id, 1, gone), gone))
            {
                var text = answer.Add(entry);
                if (entry.Event is Started)
                    await SendAsync(events, asked, answer, new Delta { Role = "assistant", Content = "" }, gone);
                if (text.Length > 0) await SendAsync(events, asked, answer, new Delta { Content = text }, gone);
                if (answer.IsStopped) break;
            }
        }
        catch (ChatRefusedException)
        {
            // It ended and was forgotten before it could be followed: the reply has all of it.
        }
        return answer.Content.Length;
    }

    private static async Task SendRestAsync(
        EventStream events, ChatCompletion completion, int sent, bool includesUsage, CancellationToken gone)
    {
        var choice = completion.Choices[0];
        if (sent == 0)
            await SendAsync(events, Chunk(completion, new Delta { Role = "assistant", Content = "" }, null), gone);
        if (choice.Message.Content.Length > sent)
            await SendAsync(
                events, Chunk(completion, new Delta { Content = choice.Message.Content[sent..] }, null), gone);
        await SendAsync(
            events, Chunk(completion, new Delta { Points = choice.Message.Points }, choice.FinishReason)
                with
            { Molmo = completion.Molmo },
            gone);
        if (includesUsage)
            await SendAsync(
                events, Chunk(completion, new Delta(), null) with { Choices = [], Usage = completion.Usage }, gone);
        await events.SendAsync("[DONE]", cancellationToken: gone);
    }

    private static Task SendAsync(
        EventStream events, Asked asked, AnswerCollector answer, Delta delta, CancellationToken gone)
    {
        var stamp = answer.Answer.Start!.Stamp;
        return SendAsync(
            events, new ChatChunk($"chatcmpl-{asked.Id}", Kind, asked.Created, stamp.Model, Replies.Fingerprint(stamp),
                [new ChunkChoice(0, delta, null, null)]),
            gone);
    }

    private static ChatChunk Chunk(ChatCompletion completion, Delta delta, string? finish)
        => new(completion.Id, Kind, completion.Created, completion.Model, completion.SystemFingerprint,
            [new ChunkChoice(0, delta, null, finish)]);

    private static Task SendAsync(EventStream events, ChatChunk chunk, CancellationToken gone)
        => events.SendAsync(JsonSerializer.Serialize(chunk, OpenAiJson.Options), cancellationToken: gone);
}
