using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Molmo.Demo.Server.Tests.ModelHub;

/// <summary>
/// A model hub on a loopback socket that behaves as the real one does for small files (answered directly) and large
/// ones (a redirect to a store under another name of this machine), and misbehaves on demand.
/// </summary>
internal sealed class FakeHub : IAsyncDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";
    public const string Model = "owner/tiny";

    private readonly WebApplication _app;

    private FakeHub(WebApplication app) => _app = app;

    /// <summary>Contents by name; those that end in .safetensors or .bin are large files of the store.</summary>
    public ConcurrentDictionary<string, byte[]> Files { get; } = new();

    /// <summary>Called before each answer: true means that it has answered (or cut) itself.</summary>
    public Func<HttpContext, Task<bool>> Fault { get; set; } = _ => Task.FromResult(false);

    /// <summary>Awaited before each mebibyte of a large file, with its place in the file.</summary>
    public Func<long, Task> BeforePiece { get; set; } = _ => Task.CompletedTask;

    /// <summary>What was asked: method, path, range, authorization, host.</summary>
    public ConcurrentQueue<(
        string Method, string Path, string? Range, string? Authorization, string Host)> Requests
    { get; } = new();

    public Uri Address => new(_app.Urls.First());

    private string StoreAddress => $"http://localhost:{Address.Port}";

    public static async Task<FakeHub> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var hub = new FakeHub(app);
        app.Run(hub.AnswerAsync);
        await app.StartAsync();
        return hub;
    }

    public static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static string GitHash(byte[] bytes)
#pragma warning disable CA5350 // Git's own name for a blob
        => Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), .. bytes]));
#pragma warning restore CA5350

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        Requests.Enqueue((context.Request.Method, path, context.Request.Headers.Range,
            context.Request.Headers.Authorization, context.Request.Host.Host));
        if (await Fault(context)) return;
        if (path.StartsWith("/api/models/", StringComparison.Ordinal))
        {
            if (!path.StartsWith($"/api/models/{Model}/", StringComparison.Ordinal)) context.Response.StatusCode = 404;
            else
                await context.Response.WriteAsJsonAsync(
                    new { sha = Commit, siblings = Files.Keys.Select(name => new { rfilename = name }) });
            return;
        }
        var file = path[(path.LastIndexOf('/') + 1)..];
        if (!Files.TryGetValue(file, out var bytes))
        {
            context.Response.StatusCode = 404;
            return;
        }
        var isLarge =
            file.EndsWith(".safetensors", StringComparison.Ordinal) || file.EndsWith(".bin", StringComparison.Ordinal);
        if (path.StartsWith("/store/", StringComparison.Ordinal))
        {
            await SendBytesAsync(context, bytes, "\"store-tag\"", BeforePiece);
            return;
        }
        context.Response.Headers["X-Repo-Commit"] = Commit;
        if (isLarge)
        {
            context.Response.Headers["X-Linked-Etag"] = $"\"{Sha256(bytes)}\"";
            context.Response.Headers["X-Linked-Size"] =
                bytes.Length.ToString(System.Globalization.CultureInfo.InvariantCulture);
            context.Response.Headers.Location = $"{StoreAddress}/store/{file}";
            context.Response.StatusCode = 302;
            return;
        }
        await SendBytesAsync(context, bytes, $"\"{GitHash(bytes)}\"", _ => Task.CompletedTask);
    }

    private static async Task SendBytesAsync(
        HttpContext context, byte[] bytes, string etag, Func<long, Task> beforePiece)
    {
        context.Response.Headers.ETag = etag;
        var (from, to) = (0L, (long)bytes.Length);
        if (context.Request.GetTypedHeaders().Range?.Ranges.SingleOrDefault() is { } range)
        {
            (from, to) = (range.From ?? 0, Math.Min((range.To ?? bytes.Length - 1) + 1, bytes.Length));
            context.Response.StatusCode = 206;
            context.Response.GetTypedHeaders().ContentRange = new(from, to - 1, bytes.Length);
        }
        context.Response.ContentLength = to - from;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        const int piece = 1 << 20;
        for (; from < to; from += piece)
        {
            await beforePiece(from);
            await context.Response.Body.WriteAsync(bytes.AsMemory((int)from, (int)Math.Min(piece, to - from)));
        }
    }
}
