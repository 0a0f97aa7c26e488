using Microsoft.AspNetCore.Mvc;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Client.Localization;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.OpenAi.Wire;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Server.Web;
using Molmo.Demo.Server.Web.Sockets;

namespace Molmo.Demo.Server.OpenAi;

/// <summary>
/// The addresses for programs, in the shape that OpenAI clients know, and beside it the two tasks this model is for.
/// </summary>
internal sealed class OpenAiApi(
    Callers callers, Runs runs, CompletionStream stream, GenerationService service, IAnswerSource source,
    UploadReader reader, IServerInfo server, SocketLimit sockets, MolmoOptions options, TimeProvider time)
{
    private const string Json = "application/json; charset=utf-8";

    private readonly long _since = time.GetUtcNow().ToUnixTimeSeconds();

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models", Guarded(ListModelsAsync)).AnswersHead();
        routes.MapGet("/v1/models/{**model}", Guarded(ShowModelAsync)).AnswersHead();
        // Their reader counts while it reads and answers with a sentence, which the server's own limit does not.
        var asking = routes.MapGroup("").WithMetadata(new DisableRequestSizeLimitAttribute());
        asking.MapPost("/v1/chat/completions", Guarded(CompleteAsync));
        asking.MapPost("/v1/point", Guarded(
            (context, visitor) => RunTaskAsync(context, visitor, looked => $"Point to the {looked}.", isCount: false)));
        asking.MapPost("/v1/count", Guarded((context, visitor) => RunTaskAsync(
            context, visitor, looked => $"How many {looked} are there?", isCount: true)));
        routes.MapGet("/v1/generations/{id}/events", Guarded(FollowAsync));
        routes.MapPost("/v1/generations/{id}/stop", Guarded(StopAsync));
        // Whatever else is asked here is answered here, in the form that programs read.
        routes.MapMethods(
            "/v1/{**rest}", [HttpMethods.Get, HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete],
            Guarded((context, _) => throw Nowhere((string?)context.GetRouteValue("rest"))));
    }

    private ModelEntry Entry(string name) => new(name, "model", _since, "molmo-demo");

    private async Task ListModelsAsync(HttpContext context, VisitorId visitor)
    {
        List<ModelEntry> models = [Entry(server.Current.Model)];
        if (await SecondAsync(context.RequestAborted) is { } second) models.Add(Entry(second));
        await WriteAsync(context, new ModelList("list", models));
    }

    private async Task ShowModelAsync(HttpContext context, VisitorId visitor)
        => await WriteAsync(
            context, Entry(await ChooseAsync((string?)context.GetRouteValue("model"), context.RequestAborted)
                ?? server.Current.Model));

    private async Task CompleteAsync(HttpContext context, VisitorId visitor)
    {
        Run run;
        bool isStream, includesUsage;
        var mode = PointsHeader.Of(context.Request);
        using (var body = await OpenAiBody.ReadAsync(context.Request, reader, context.RequestAborted))
        {
            var request = CompletionRequest.Read(body.Root);
            (isStream, includesUsage) = (request.IsStream, request.IncludesUsage);
            run = await BeginAsync(context, visitor, body, request, mode, Replies.Complete);
        }
        if (isStream) await stream.WriteAsync(context, run, mode, includesUsage);
        else await WriteReplyAsync(context, run);
    }

    private async Task RunTaskAsync(HttpContext context, VisitorId visitor, Func<string, string> question, bool isCount)
    {
        Run run;
        using (var body = await OpenAiBody.ReadAsync(context.Request, reader, context.RequestAborted))
        {
            var request = TaskRequest.Read(body.Root, question);
            var (looked, id) = (request.Object, context.TraceIdentifier);
            run = await BeginAsync(context, visitor, body, request, PointsMode.Parsed,
                (answer, asked) => Replies.Point(answer, asked, looked, isCount, id));
        }
        await WriteReplyAsync(context, run);
    }

    private async Task<Run> BeginAsync(
        HttpContext context, VisitorId visitor, OpenAiBody body, AskRequest request, PointsMode mode,
        Func<AnswerCollector, Asked, object> render)
    {
        var ask = request.Ask.With(await ChooseAsync(request.Model, context.RequestAborted));
        Warn(context, request.Warnings);
        var run = runs.Begin(visitor, ask, mode, KeyOf(context), body.Hash, render, context.RequestAborted);
        if (run.IsRepeat) context.Response.Headers["Idempotency-Replayed"] = "true";
        StopWithCaller(context, run);
        return run;
    }

    /// <summary>
    /// The journal of an answer as server-sent events, from the number after <c>Last-Event-ID</c> on.
    /// </summary>
    private async Task FollowAsync(HttpContext context, VisitorId visitor)
    {
        using var slot = sockets.TryEnter(context, visitor) ?? throw TooMany();
        slot.IsShaken = true;
        var gone = context.RequestAborted;
        var last = context.Request.Headers["Last-Event-ID"].ToString();
        if (!long.TryParse(last.Length > 0 ? last : "0", NumberStyles.None, CultureInfo.InvariantCulture, out var seen)
            || seen == long.MaxValue)
            throw ApiException.Invalid(
                "Last-Event-ID", "Last-Event-ID must be the number of the last event that was read.");
        var events = new EventStream(context.Response, TimeSpan.FromSeconds(options.HeartbeatSeconds), time);
        var id = IdOf(context);
        // Unknown ids are refused before the stream begins.
        if (await service.OwnerOfAsync(id, gone) != visitor) throw Unknown();
        if (await service.FindEndAsync(id, gone) is { } end && end.Seq == seen)
        {
            // An EventSource would ask again for ever: this status tells it to stop.
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }
        await events.BeginAsync(gone);
        await foreach (var e in events.BeatAsync(service.ReadAsync(visitor, id, seen + 1, gone), gone))
        {
            var json = JsonSerializer.Serialize(Words.On(e, Language.English), JournalEntry.Json);
            using var read = JsonDocument.Parse(json);
            await events.SendAsync(json, read.RootElement.GetProperty("type").GetString(), e.Seq, gone);
        }
    }

    private async Task StopAsync(HttpContext context, VisitorId visitor)
    {
        await service.StopAsync(visitor, IdOf(context), context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>Resolves the caller and turns refusals into the envelope.</summary>
    private RequestDelegate Guarded(Func<HttpContext, VisitorId, Task> work) => async context =>
    {
        ApiException refusal;
        try
        {
            await work(context, callers.Of(context));
            return;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            context.RequestServices.GetRequiredService<ILogger<OpenAiApi>>()
                .LogDebug("{Request}: 499 the client closed the connection.", context.TraceIdentifier);
            return;
        }
        catch (SqliteException e)
        {
            refusal = new ApiException(StatusCodes.Status503ServiceUnavailable, "storage_unavailable",
                "The server's storage is full or busy. Ask again in a minute.", null, TimeSpan.FromMinutes(1));
            context.RequestServices.GetRequiredService<StorageHealth>().Report(e);
        }
        catch (Exception e) when (ApiException.Of(e) is { } known)
        {
            refusal = known;
        }
        // Where a stream has begun, its status is sent: the connection ends early instead.
        if (context.Response.HasStarted) context.Abort();
        else await new ApiError(refusal).ExecuteAsync(context);
    };

    /// <summary>The checkpoint that a model's name asks for; null for the first.</summary>
    private async Task<string?> ChooseAsync(string? name, CancellationToken cancellationToken)
    {
        var known = server.Current.Model;
        if (name is null || new[] { known, options.Model, "molmo" }.Contains(name, StringComparer.OrdinalIgnoreCase))
            return null;
        var second = await SecondAsync(cancellationToken);
        if (second is not null && new[] { second, options.Compare }.Contains(name, StringComparer.OrdinalIgnoreCase))
            return second;
        // Where another machine answers, the model is its choice; elsewhere a wrong name is a mistake worth telling.
        if (source.OutlivesProcess) return null;
        throw new ApiException(StatusCodes.Status404NotFound, "model_not_found",
            $"There is no such model here. This server answers with {known}{(second is null ? "" : $" and {second}")}.",
            "model");
    }

    /// <summary>Name of the second checkpoint; null where there is none that answers or will.</summary>
    private async Task<string?> SecondAsync(CancellationToken cancellationToken)
        => (await service.GetQueueStatusAsync(cancellationToken)).Checkpoints is [_, { HasFailed: false } second]
            ? second.Name
            : null;

    private static async Task WriteReplyAsync(HttpContext context, Run run)
    {
        var reply = await run.Reply.WaitAsync(context.RequestAborted);
        context.Response.ContentType = Json;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsync(reply, context.RequestAborted);
    }

    private static Task WriteAsync(HttpContext context, object body)
        => context.Response.WriteAsJsonAsync(body, OpenAiJson.Options, context.RequestAborted);

    private static void Warn(HttpContext context, IReadOnlyList<string> warnings)
    {
        const int most = 10;
        // Names are the caller's own words: only what a header may hold goes back.
        var plain = warnings.Where(text =>
            text.All(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '_' or '.' or '[' or ']') && text.Length <= 80)
            .Take(most).ToList();
        if (warnings.Count > plain.Count) plain.Add($"and {warnings.Count - plain.Count} more");
        if (plain.Count > 0) context.Response.Headers["X-Molmo-Warning"] = string.Join(", ", plain);
    }

    private static string? KeyOf(HttpContext context)
        => context.Request.Headers["Idempotency-Key"].ToString() is { Length: > 0 } key ? key : null;

    private static GenerationId IdOf(HttpContext context)
        => (string?)context.GetRouteValue("id") is { } id && RandomId.IsWellFormed(id)
            ? new GenerationId(id)
            : throw Unknown();

    private static ApiException Nowhere(string? rest)
        => new(StatusCodes.Status404NotFound, "not_found", rest?.Split('/')[0].ToUpperInvariant() == "RESPONSES"
            ? "The Responses API is not spoken here: use chat completions, POST /v1/chat/completions."
            : "There is nothing at this address, or not with this method. Questions go to POST /v1/chat/completions; "
                + "/openapi.json tells what else there is.");

    private static ApiException TooMany()
        => new(StatusCodes.Status503ServiceUnavailable, "too_many_connections",
            "Too many connections are open here right now. Try again in a minute.", null, TimeSpan.FromMinutes(1));

    private static ApiException Unknown() => ApiException.From(QuestionRules.UnknownAnswer());

    /// <summary>
    /// Ends the answer when the connection closes, so that nobody's place in the queue is held for nobody.
    /// </summary>
    /// <remarks>Stays registered: what waits for the reply hears of the closing at the same moment, and must not be the
    /// one to undo it.</remarks>
    private void StopWithCaller(HttpContext context, Run run)
    {
        if (run is { EndsWithCaller: true, Started: { } started })
            context.RequestAborted.Register(() => _ = StopAsync(started));
    }

    private async Task StopAsync(Task<Asked> started)
    {
        try
        {
            var asked = await started;
            await service.StopAsync(asked.Visitor, asked.Id, CancellationToken.None);
        }
        catch (Exception e) when (e is OperationCanceledException or SqliteException || ApiException.Of(e) is not null)
        {
            // It never began, or has ended and was forgotten.
        }
    }
}
