using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>What a page asks for until nothing more comes; in Chromium.</summary>
internal sealed class PageWeight
{
    private readonly ConcurrentQueue<IRequest> _requests = [];
    private readonly ConcurrentQueue<double> _loaded = [];
    private int _sockets;

    private PageWeight(IPage page)
    {
        page.Request += (_, request) => _requests.Enqueue(request);
        page.WebSocket += (_, _) => Interlocked.Increment(ref _sockets);
    }

    /// <summary>
    /// All requests, the page itself and the circuit's among them. The tab's icon, which Playwright keeps to itself, is
    /// counted as one.
    /// </summary>
    public int Requests => _requests.Count + _sockets + 1;

    /// <summary>Bytes of all answers as sent, with their headers.</summary>
    public double Bytes => _loaded.Sum();

    /// <summary>Scripts as sent and as read: files and bytes without headers.</summary>
    public CodeWeight Script { get; private set; } = new();

    /// <summary>The same of styles.</summary>
    public CodeWeight Style { get; private set; } = new();

    /// <summary>Addresses of what was asked for, without their versions.</summary>
    public IReadOnlyList<string> Paths { get; private set; } = [];

    /// <summary>Before the page is opened.</summary>
    public static async Task<PageWeight> WatchAsync(IPage page)
    {
        var weight = new PageWeight(page);
        // Playwright's own sizes of a request are waited for without end where the browser leaves one of two events
        // out.
        var line = await page.Context.NewCDPSessionAsync(page);
        line.Event("Network.loadingFinished").OnEvent += (_, loaded)
            => weight._loaded.Enqueue(loaded!.Value.GetProperty("encodedDataLength").GetDouble());
        await line.SendAsync("Network.enable");
        return weight;
    }

    /// <summary>Once the network is idle.</summary>
    public async Task<PageWeight> SettleAsync(IPage page)
    {
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        Paths = [.. _requests.Select(request => new Uri(request.Url).AbsolutePath)];
        (Script, Style) = (await MeasureAsync(page, "js"), await MeasureAsync(page, "css"));
        return this;
    }

    private static Task<CodeWeight> MeasureAsync(IPage page, string ending) => page.EvaluateAsync<CodeWeight>(
        """
        ending => {
          const files = performance.getEntriesByType('resource')
              .filter(entry => new URL(entry.name).pathname.endsWith('.' + ending));
          const sum = what => files.reduce((total, entry) => total + entry[what], 0);
          return {
            files: files.length, sent: sum('encodedBodySize'), decoded: sum('decodedBodySize'),
            raw: files.filter(
                entry => entry.decodedBodySize > 1400 && entry.encodedBodySize > 0.7 * entry.decodedBodySize)
                .map(entry => `${entry.name}: ${entry.encodedBodySize} of ${entry.decodedBodySize} bytes`),
          };
        }
        """,
        ending);
}

/// <summary>Files of one kind; bytes without headers.</summary>
internal sealed class CodeWeight
{
    public int Files { get; set; }

    public double Sent { get; set; }

    public double Decoded { get; set; }

    /// <summary>Files of more than a packet that were sent as they are.</summary>
    public string[] Raw { get; set; } = [];
}
