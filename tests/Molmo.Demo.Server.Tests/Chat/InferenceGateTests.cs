using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Molmo.Demo.Server.Chat.Remote;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>Who may talk to an inference host, and what it takes.</summary>
public class InferenceGateTests
{
    private const string Key = "a key of sixteen or more";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Key, null, null, HttpStatusCode.Unauthorized)]
    [InlineData(Key, "wrong key, but long enough", null, HttpStatusCode.Unauthorized)]
    [InlineData(Key, Key, null, HttpStatusCode.NotFound)]
    [InlineData(Key, null, Key, HttpStatusCode.NotFound)]
    [InlineData(null, null, null, HttpStatusCode.NotFound)]
    public async Task Gate_WithAndWithoutKey_LetsOnlyTheWebMachineIn(
        string? key, string? header, string? query, HttpStatusCode expected)
    {
        await using var inference =
            await ChatApplication.StartAsync(new MolmoOptions { Role = ServerRole.Inference, Key = key });
        using var http = new HttpClient { BaseAddress = inference.Address };
        if (header is not null) http.DefaultRequestHeaders.Add(RemoteLink.KeyHeader, header);
        var token = query is null ? "" : $"?access_token={Uri.EscapeDataString(query)}";
        using var reply = await http.SendAsync(
            new HttpRequestMessage(HttpMethod.Head, $"api/pictures/{new string('a', 64)}{token}"), Cancel);
        Assert.Equal(expected, reply.StatusCode);
        using var hub =
            await http.PostAsync($"hubs/chat/negotiate?negotiateVersion=1{token.Replace('?', '&')}", null, Cancel);
        Assert.Equal(expected == HttpStatusCode.NotFound ? HttpStatusCode.OK : expected, hub.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("health", Cancel)).StatusCode);
        if (expected == HttpStatusCode.NotFound) return;
        var problem = await hub.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Contains("Molmo:Key", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("X-Forwarded-For", "203.0.113.9")]
    public async Task Gate_WithoutKey_RefusesWhatOnlyLooksLocal(string header, string value)
    {
        await using var inference = await ChatApplication.StartAsync(new MolmoOptions { Role = ServerRole.Inference });
        using var http = new HttpClient { BaseAddress = inference.Address };
        http.DefaultRequestHeaders.Add(header, value);
        using var reply = await http.GetAsync($"hubs/chat?id=x", Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, reply.StatusCode);
    }

    [Fact]
    public async Task Key_WrongOnTheWebHost_IsSaid()
    {
        await using var machines = await Machines.StartAsync(
            new MolmoOptions { Key = Key }, new MolmoOptions { Key = Key + "!" }, connected: false);
        await Sequences.UntilAsync(
            () => machines.Web.Service.GetQueueStatusAsync(Cancel).Result.Fact is MachineRefusesKey,
            "the status names the key");
    }

    [Fact]
    public async Task Key_SameOnBoth_Answers()
    {
        await using var machines =
            await Machines.StartAsync(new MolmoOptions { Key = Key }, new MolmoOptions { Key = Key });
        var ann = VisitorId.New();
        var image = await machines.Web.AddImageAsync(ann);
        var id = await machines.Web.Service.StartAsync(
            ann, new Question(ConversationId.New(), "Go", image.Id, SamplingChoice.Greedy), Cancel);
        Assert.Equal(
            "One two three.", (await machines.Web.Service.ReadAsync(ann, id, 1, Cancel).ToListAsync()).Prose());
    }

    [Fact]
    public async Task Pictures_WrongHashOrContent_AreRefusedAndNothingIsKept()
    {
        await using var inference = await ChatApplication.StartAsync(new MolmoOptions { Role = ServerRole.Inference });
        using var http = new HttpClient { BaseAddress = inference.Address };
        var text = "not a picture"u8.ToArray();
        var hash = Convert.ToHexStringLower(SHA256.HashData(text));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await PutAsync(new string('a', 64), text));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, await PutAsync(hash, text));
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(hash.ToUpperInvariant(), text));
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync("..%2f..%2fevil", text));
        Assert.Empty(Directory.GetFiles(Path.Combine(inference.Data, "pictures")));

        async Task<HttpStatusCode> PutAsync(string name, byte[] bytes)
        {
            using var reply = await http.PutAsync($"api/pictures/{name}", new ByteArrayContent(bytes), Cancel);
            return reply.StatusCode;
        }
    }
}
