using System.Net;
using Dapper;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Logging;
using Molmo.Demo.Server.Tests.OpenAi;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>Who is refused cannot fill the log; what fails unexpectedly is in it once.</summary>
public sealed class RefusalLogTests
{
    private const int Many = 200;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hub_ManyRefusedQuestionsAndStreams_LeaveNoLineAboveDebugAndNoStack()
    {
        await using var chat = await ChatApplication.StartAsync();
        await using var hub = await Loopback.ConnectAsync(chat.Address);
        for (var i = 0; i < Many; i++)
        {
            await Assert.ThrowsAsync<HubException>(() => hub.StartAsync(new { text = " " }));
            await Assert.ThrowsAsync<HubException>(() => hub.ReadAsync("unknown"));
        }
        AssertQuiet(chat, 2 * Many);
    }

    [Fact]
    public async Task Programs_ManyRefusedQuestions_LeaveNoLineAboveDebugAndNoStack()
    {
        await using var chat = await OpenAiCalls.StartAsync();
        using var program = chat.Program();
        for (var i = 0; i < Many; i++)
        {
            using var refused = await program.AskAsync(OpenAiCalls.Question(" "));
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }
        AssertQuiet(chat, Many);
    }

    [Fact]
    public async Task Pages_ManyRefusals_LeaveNoLineAboveDebug()
    {
        await using var chat = await ChatApplication.StartAsync(new MolmoOptions { MaxSockets = 1 });
        await using var hub = await Loopback.ConnectAsync(chat.Address);
        // The greeting of the hub is over.
        Assert.True((await hub.InvokeAsync<QueueStatus>("QueueStatus", Cancel)).Ready);
        using var client = new HttpClient { BaseAddress = chat.Address };
        for (var i = 0; i < Many; i++)
        {
            using var full = await client.GetAsync("hubs/chat?id=x", Cancel);
            using var nowhere = await client.GetAsync("api/nowhere", Cancel);
            Assert.Equal(
                (HttpStatusCode.ServiceUnavailable, HttpStatusCode.NotFound), (full.StatusCode, nowhere.StatusCode));
        }
        AssertQuiet(chat, 2 * Many);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Hub_UnexpectedFailure_IsOneErrorWithItsException(bool isStream)
    {
        await using var chat = await ChatApplication.StartAsync();
        await using var hub = await Loopback.ConnectAsync(chat.Address);
        if (isStream)
        {
            var (id, _) = await hub.StartAsync(new { text = "Go" });
            await hub.ReadAsync(id);
            using var connection = chat.Database.Open();
            await OpenAiCalls.UntilAsync(() =>
                connection.ExecuteScalar<int>("SELECT COUNT(*) FROM generations WHERE ended_at IS NOT NULL") == 1);
            connection.Execute("UPDATE events SET body = '{'");
            // Read from memory for a moment yet, then from what is stored and broken.
            await OpenAiCalls.UntilAsync(() => hub.ReadAsync(id).ContinueWith(
                reading => reading.Exception?.InnerException is HubException, TaskScheduler.Default).Result);
        }
        else
        {
            chat.Model.CheckFit = _ => throw new InvalidOperationException("unexpected");
            await Assert.ThrowsAsync<HubException>(() => hub.StartAsync(new { text = "Go" }));
        }
        var (level, _, exception) =
            Assert.Single(chat.Log.All, line => line.Level > LogLevel.Information || line.Exception is not null);
        Assert.Equal(LogLevel.Error, level);
        Assert.NotNull(exception);
    }

    private static void AssertQuiet(ChatApplication chat, int refusals)
    {
        Assert.DoesNotContain(chat.Log.All, line => line.Exception is not null || line.Level > LogLevel.Information);
        Assert.True(chat.Log.All.Count(line => line.Level == LogLevel.Debug) >= refusals);
        // What the server logs at all stays a handful, however often it refuses.
        Assert.InRange(
            chat.Log.All.Count(
                line => line.Level > LogLevel.Debug && !line.Text.Contains("HTTP/", StringComparison.Ordinal)),
            0, 20);
    }
}
