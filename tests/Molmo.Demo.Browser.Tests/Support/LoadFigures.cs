using Microsoft.Playwright;
using static Molmo.Demo.Browser.Tests.Support.TargetTable;

namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>What a first visit costs, and how fast it can be used, on three lines.</summary>
internal sealed class LoadFigures(Site site, TargetTable table)
{
    private const int Visits = 5;

    // Bits a second down (half of that up) and milliseconds there and back; nothing is slowed down on the first.
    private static readonly (string Name, double Bits, double Latency)[] Lines =
        [("this machine", 0, 0), ("9 Mbit/s, 85 ms", 9e6, 85), ("1.6 Mbit/s, 150 ms", 1.6e6, 150)];

    // The times at which a frame of the page was drawn with this true, and what moved meanwhile.
    private const string Watch =
        """
        (() => {
          window.times = {};
          window.shifts = [];
          const ready = {
            script: () => globalThis.molmo !== undefined,
            picture: () => document.querySelector('[data-testid=run-stored]')?.disabled === false,
          };
          const look = () => {
            for (const name in ready) if (!(name in times) && ready[name]()) times[name] = performance.now();
            requestAnimationFrame(look);
          };
          look();
          new PerformanceObserver(list => shifts.push(...list.getEntries()))
              .observe({ type: 'layout-shift', buffered: true });
        })();
        """;

    public async Task MeasureAsync()
    {
        // Only Chromium can be asked for bytes and for a slow line.
        if (BrowserChoice.IsChromium) await MeasureWeightAsync();
        foreach (var line in Lines.Where(line => BrowserChoice.IsChromium || line.Bits == 0))
            await MeasureTimesAsync(line.Name, line.Bits, line.Latency);
    }

    /// <summary>What moved within half a second of sending a question.</summary>
    public async Task MeasureShiftOfSendingAsync(string photo, string question)
    {
        await using var visitor = await site.VisitAsync();
        await visitor.Context.AddInitScriptAsync(Watch);
        await visitor.OpenWithPhotoAsync(photo);
        await visitor.Composer.FillAsync(question);
        await visitor.Page.EvaluateAsync(
            "document.addEventListener('submit', () => { window.sent = performance.now(); }, { capture: true })");
        await visitor.Send.ClickAsync();
        await visitor.Page.WaitForFunctionAsync("() => performance.now() > window.sent + 1000");
        var shift = await visitor.Page.EvaluateAsync<double>(
            "() => shifts.filter(one => one.startTime >= sent && one.startTime <= sent + 500)"
                + ".reduce((sum, one) => sum + one.value, 0)");
        table.Add("Layout shift within 500 ms of sending", null, Number(shift, "0.####"), null,
            "a photo on the stage, a question typed; all shifts, those after input too");
    }

    private async Task MeasureWeightAsync()
    {
        await using var visitor = await site.VisitAsync();
        var weight = await PageWeight.WatchAsync(visitor.Page);
        await visitor.OpenAsync();
        await weight.SettleAsync(visitor.Page);
        table.Add("First load of `/`", "within 300 kB and 20 requests",
            $"{Kilobytes(weight.Bytes)}, {weight.Requests} requests", weight.Bytes <= 300_000 && weight.Requests <= 20,
            "an empty cache, network idle; everything with headers, the circuit's requests and the tab's icon "
                + "counted; run from the build's output");
        table.Add("Script and style of it", null, $"script {Words(weight.Script)}; style {Words(weight.Style)}", null,
            "bodies only");

        static string Words(CodeWeight code)
            => $"{Kilobytes(code.Sent)} sent, {Kilobytes(code.Decoded)} decoded, {code.Files} files";
    }

    private async Task MeasureTimesAsync(string name, double bits, double latency)
    {
        var (paints, scripts, circuits, shifts, pictures) = (new List<double>(), new List<double>(),
            new List<double>(), new List<double>(), new List<double>());
        for (var i = 0; i < Visits; i++)
        {
            await using (var visitor = await VisitAsync(bits, latency))
            {
                circuits.Add(await OpenUntilCircuitAsync(visitor.Page));
                scripts.Add(await visitor.Page.EvaluateAsync<double>("times.script"));
                paints.Add(await visitor.Page.EvaluateAsync<double>(
                    "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"));
                await visitor.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
                shifts.Add(await visitor.Page.EvaluateAsync<double>(
                    "shifts.filter(one => !one.hadRecentInput).reduce((sum, one) => sum + one.value, 0)"));
            }
            await using var other = await VisitAsync(bits, latency);
            await other.Page.GotoAsync("/?sample=scene-08.jpg");
            await other.Page.WaitForFunctionAsync("() => times.picture");
            pictures.Add(await other.Page.EvaluateAsync<double>("times.picture"));
        }
        var usable = Percentile(scripts, 0.5);
        table.Add($"Interactive, {name}", bits is > 0 and < 2e6 ? "usable within 3 s" : null,
            $"painted {Median(paints)} ms, photo and words taken {Median(scripts)} ms, circuit there "
                + $"{Median(circuits)} ms; a sample can be asked about after {Median(pictures)} ms",
            bits is > 0 and < 2e6 ? Math.Max(usable, Percentile(circuits, 0.5)) <= 3000 : null,
            $"median of {Visits} first visits to `/` and `/?sample=`, from navigation");
        table.Add($"Layout shift on load, {name}", null, Number(shifts.Max(), "0.####"), null,
            $"largest of {Visits} first visits to `/`");

        static string Median(List<double> times) => Number(Percentile(times, 0.5), "0");
    }

    private async Task<Visitor> VisitAsync(double bits, double latency)
    {
        var visitor = await site.VisitAsync();
        await visitor.Context.AddInitScriptAsync(Watch);
        if (bits == 0) return visitor;
        var line = await visitor.Context.NewCDPSessionAsync(visitor.Page);
        await line.SendAsync("Network.enable");
        await line.SendAsync("Network.emulateNetworkConditions", new Dictionary<string, object>
        {
            ["offline"] = false,
            ["latency"] = latency,
            ["downloadThroughput"] = bits / 8,
            ["uploadThroughput"] = bits / 16,
        });
        return visitor;
    }

    /// <summary>Milliseconds from navigation until the circuit's first picture of the page came.</summary>
    private static async Task<double> OpenUntilCircuitAsync(IPage page)
    {
        var drawn = new TaskCompletionSource<double>(TaskCreationOptions.RunContinuationsAsynchronously);
        page.WebSocket += (_, socket) => socket.FrameReceived += (_, frame) =>
        {
            // What comes before is a handshake of a few bytes.
            if (frame.Binary is { Length: > 500 }) drawn.TrySetResult(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        };
        await page.GotoAsync("/");
        var at = await drawn.Task.WaitAsync(TimeSpan.FromMinutes(1));
        return at - await page.EvaluateAsync<double>("performance.timeOrigin");
    }
}
