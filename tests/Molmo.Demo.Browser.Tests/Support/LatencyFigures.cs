using System.Diagnostics;
using static Molmo.Demo.Browser.Tests.Support.TargetTable;

namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>How long a dot takes from the engine's event to the screen, alone and beside others.</summary>
internal sealed class LatencyFigures(Site site, TargetTable table)
{
    private const int Dots = 60;
    private const string What = "From event to painted dot";
    private const string Target = "p95 within 100 ms on loopback";
    private const string How = "59 points let go one by one; includes up to 20 ms until the recorded stream looks at "
        + "its gate, and up to 45 ms of gathering";

    /// <summary>Besides the one who is measured.</summary>
    private const int Others = 24;

    /// <summary>About that of a 7B on a good processor: 11 tokens a second for each person.</summary>
    private const double TokenMs = 91;

    public async Task MeasureAsync()
    {
        Add(What, await DelaysAsync(site.Server, TimeSpan.Zero), How);

        await using var server = await ServerProcess.StartAsync(settings: new Dictionary<string, string>
        {
            ["Molmo__MaxSequences"] = $"{Others + 1}",
        });
        await AmongOthersAsync(server, "Describe this image.", TimeSpan.Zero,
            "24 others asking the embedded model again and again");
        // Longer than the measurement, so that nobody is between two answers.
        var words = string.Concat(Enumerable.Range(1, 2000)
            .Select(n => n % 60 == 0 ? ".\n\n" : n % 2 == 0 ? " and" : " seed"));
        await AmongOthersAsync(server, server.Recordings.Keep(words, length: 4, ms: TokenMs),
            TimeSpan.FromMilliseconds(TokenMs), "24 others and the measured one at 11 tokens a second each");
    }

    private async Task AmongOthersAsync(ServerProcess server, string question, TimeSpan pause, string others)
    {
        await using var crowd = await Crowd.ComeAsync(server.Address, Others, question);
        var (before, watch) = (crowd.Events, Stopwatch.StartNew());
        var delays = await DelaysAsync(server, pause);
        var rate = (crowd.Events - before) / watch.Elapsed.TotalSeconds;
        Add($"{What}, {others}", delays, $"as above; the others read {Number(rate, "0")} events a second in all over "
            + "connections of their own, without pages");
    }

    private void Add(string what, List<double> delays, string how)
    {
        var p95 = Percentile(delays, 0.95);
        table.Add(what, Target, $"{Number(p95, "0")} ms (median {Number(Percentile(delays, 0.5), "0")} ms)", p95 <= 100,
            how);
    }

    private async Task<List<double>> DelaysAsync(ServerProcess server, TimeSpan pause)
    {
        string[] pieces = [
            .. Enumerable.Range(1, Dots).Select(n => string.Create(
                CultureInfo.InvariantCulture, $"{(n == 1 ? "<points" : "")} x{n}=\"{n}.5\" y{n}=\"{n}.0\"")),
            " alt=\"grains\">grains</points>"];
        var (question, gates) = server.Recordings.Step(pieces);
        await using var visitor = await site.VisitAsync(server);
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        // A dot counts as painted after the frame that follows the one in which it was put into the page.
        await visitor.Page.EvaluateAsync(
            """
            () => {
              window.painted = [];
              new MutationObserver(() => {
                const count = document.querySelectorAll('[data-testid=point]').length;
                requestAnimationFrame(
                    () => setTimeout(() => { while (window.painted.length < count) window.painted.push(Date.now()); }));
              }).observe(document.querySelector('[data-stage]'), { subtree: true, childList: true });
            }
            """);
        await visitor.AskAsync(question);
        await visitor.ExpectStateAsync("streaming");
        var delays = new List<double>();
        for (var n = 0; n < Dots; n++)
        {
            await Task.Delay(pause, TestContext.Current.CancellationToken);
            var written = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            await File.WriteAllTextAsync(gates[n], "", TestContext.Current.CancellationToken);
            var seen = await (await visitor.Page.WaitForFunctionAsync("n => window.painted[n]", n))
                .JsonValueAsync<double>();
            delays.Add(seen - written);
        }
        await File.WriteAllTextAsync(gates[Dots], "", TestContext.Current.CancellationToken);
        // The first one also opens the answer.
        delays.RemoveAt(0);
        return delays;
    }
}
