using System.Net;
using System.Net.Http.Headers;
using Molmo.Demo.Server.Tests.Chat;
using Molmo.Demo.Server.Tests.OpenAi;

namespace Molmo.Demo.Server.Tests.Hosting;

public sealed partial class MetricsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_AfterAnswersAndRefusals_CountThemAndNameNobody()
    {
        await using var chat = await OpenAiCalls.StartAsync();
        using var program = chat.Program();
        (await program.AskAsync(OpenAiCalls.Question(picture: OpenAiCalls.Picture))).Dispose();
        (await program.AskAsync(OpenAiCalls.Question("  "))).Dispose();
        (await program.GetAsync("/v1/nowhere", Cancel)).Dispose();
        var gate = chat.Model.HoldSteps();
        var asking = program.AskAsync(OpenAiCalls.Question());
        await OpenAiCalls.UntilAsync(() => chat.Model.Running == 1);

        // An answer counts once its end is stored, which is a moment after it was read.
        await OpenAiCalls.UntilAsync(() => program.GetStringAsync("/metrics", Cancel).GetAwaiter()
            .GetResult().Contains("molmo_generations_total{reason=\"finished\"} 1", StringComparison.Ordinal));
        using var response = await program.GetAsync("/metrics", Cancel);
        var text = await response.Content.ReadAsStringAsync(Cancel);
        gate.Release(1000);
        (await asking).Dispose();

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.All(text.TrimEnd('\n').Split('\n'), line => Assert.Matches(Line(), line));
        Assert.Equal(1, Value("molmo_generations_total{reason=\"finished\"}"));
        Assert.Equal(7, Value("molmo_tokens_total{type=\"prompt\"}"));
        Assert.True(Value("molmo_tokens_total{type=\"answer\"}") > 5);
        Assert.Equal(1, Value("molmo_generation_first_token_duration_seconds_count"));
        Assert.Equal(1, Value("molmo_generation_duration_seconds_bucket{le=\"+Inf\"}"));
        Assert.Equal(1, Value("molmo_uploads_total"));
        Assert.Equal(1, Value("molmo_refusals_total{status=\"400\"}"));
        Assert.Equal(1, Value("molmo_refusals_total{status=\"404\"}"));
        Assert.Equal((1, 0, 1),
            (Value("molmo_generations_running"), Value("molmo_generations_waiting"), Value("molmo_model_ready")));
        Assert.Equal((0, 0), (Value("molmo_sockets"), Value("molmo_circuits")));
        Assert.True(Value("process_memory_usage_bytes") > 1e7);
        Assert.Contains("http_server_request_duration_seconds_bucket{", text, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"[0-9A-Za-z]{22}""", text);

        double Value(string series) => double.Parse(
            text.Split('\n').Single(line => line.StartsWith($"{series} ", StringComparison.Ordinal)).Split(' ')[^1],
            CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Metrics_OfTheEngine_SayWhatIsKeptAndWhatWasFound()
    {
        await using var app = new MolmoApplication(("Molmo:MetricsKey", "a key for the metrics"));
        var visitor = VisitorId.New();
        var (engine, image) = (await app.EngineAsync(), await app.TakeAsync(visitor));
        await app.AskAsync(visitor, image, "How many are there?");
        await app.AskAsync(visitor, image, "Point to all of them.");
        using var client = app.CreateClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "a key for the metrics");
        var lines = (await client.GetStringAsync("/metrics", Cancel)).Split('\n');

        var reuse = engine.Reuse;
        Assert.True(reuse is { KeptBlocks: > 0, ReusedPositions: > 0, PicturesReused: >= 0, PictureBytes: > 0 });
        foreach (var (series, value) in new (string, double)[]
        {
            ("molmo_engine_blocks", reuse.Blocks),
            ("molmo_engine_blocks_free", reuse.Blocks),
            ("molmo_engine_blocks_kept", reuse.KeptBlocks),
            ("molmo_engine_positions_reused_total", reuse.ReusedPositions),
            ("molmo_engine_positions_computed_total", reuse.ComputedPositions),
            ("molmo_engine_pictures", reuse.Pictures),
            ("molmo_engine_pictures_size_bytes", reuse.PictureBytes),
            ("molmo_engine_pictures_encoded_total", reuse.PicturesEncoded),
            ("molmo_engine_pictures_reused_total", reuse.PicturesReused),
        })
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{series} {value}"), lines);
    }

    [Theory]
    [InlineData(null, null, "", 200)]
    [InlineData(null, null, "X-Forwarded-For", 404)]
    [InlineData("a key for the metrics", null, "", 404)]
    [InlineData("a key for the metrics", "another key, not it", "", 404)]
    [InlineData("a key for the metrics", "a key for the metrics", "X-Forwarded-For", 200)]
    public async Task Metrics_AreForThisMachineOrTheKey(string? key, string? shown, string header, int status)
    {
        await using var chat = await OpenAiCalls.StartAsync(options: new MolmoOptions { MetricsKey = key });
        using var client = new HttpClient { BaseAddress = chat.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (shown is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", shown);
        if (header.Length > 0) request.Headers.Add(header, "203.0.113.7");
        using var response = await client.SendAsync(request, Cancel);
        Assert.Equal((HttpStatusCode)status, response.StatusCode);
    }

    [GeneratedRegex(
        @"^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z_]+=""[^""\n]*""(,[a-z_]+=""[^""\n]*"")*\})? -?[0-9.E+-]+)$")]
    private static partial Regex Line();
}
