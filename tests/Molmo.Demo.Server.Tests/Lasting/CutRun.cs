using System.Diagnostics;
using Molmo.Demo.Server.Tests.Chat;

namespace Molmo.Demo.Server.Tests.Lasting;

/// <summary>
/// Readers over the hub and of server-sent events, all at once, each on a network that is cut again and again.
/// </summary>
internal sealed class CutRun(int seed)
{
    /// <summary>
    /// Shorter than the time after which an answer that nobody reads is stopped, and than a page's circuit is kept.
    /// </summary>
    private static readonly TimeSpan LongestCut = TimeSpan.FromSeconds(170);

    private readonly CutFigures _figures = new(seed);
    private readonly Random _random = new(seed);

    /// <param name="cuts">At least, unless the time is over before. A cut that was to come behind the end of its
    /// answer is none.</param>
    /// <param name="longCuts">Of them, how many are as long as a visitor may plausibly be away; side by side.</param>
    /// <param name="atMost">Ends the cutting; what is being read then is read to its end.</param>
    public async Task<CutFigures> RunAsync(int cuts, int longCuts, TimeSpan atMost)
    {
        var watch = Stopwatch.StartNew();
        var pieces = Enumerable.Range(0, 400)
            .Select(i => i % 5 == 0 ? $"<point x=\"{i % 100}\" y=\"{i % 90}.5\" alt=\"{i}\">p{i}</point>" : $" w{i}")
            .ToList();
        var text = string.Concat(pieces);
        var readers = Math.Clamp(cuts / 8, 2, 12);
        await using var chat =
            await ChatApplication.StartAsync(new MolmoOptions { MaxSequences = readers + longCuts, MaxWaiting = 1000 });
        chat.Model.Script = _ => pieces;
        chat.Model.BeforeStep = cancel => Task.Delay(8, cancel);
        await Task.WhenAll(
        [
            .. Enumerable.Range(0, readers).Select(number => ReadManyAsync(NewReader(number))),
            .. Enumerable.Range(0, longCuts).Select(number => ReadOnceAsync(NewReader(number))),
        ]);
        _figures.Duration = watch.Elapsed;
        return _figures;

        CutReader NewReader(int number)
            => new(chat.Address, isHub: number % 2 == 0, new Random(_random.Next()), _figures);

        bool IsWanted() => _figures.Cuts < cuts && watch.Elapsed < atMost;

        async Task ReadManyAsync(CutReader reader)
        {
            await using var _ = reader;
            while (IsWanted())
                await reader.ReadAnswerAsync(text, random => IsWanted() ? Length(random) : null);
        }

        async Task ReadOnceAsync(CutReader reader)
        {
            await using var _ = reader;
            var isLeft = true;
            await reader.ReadAnswerAsync(text, random =>
            {
                var length = isLeft ? LongestCut * (1 - random.NextDouble() / 2) : (TimeSpan?)null;
                isLeft = false;
                return length;
            });
        }
    }

    /// <summary>Mostly as short as a change of the network takes, now and then seconds.</summary>
    private static TimeSpan Length(Random random) => TimeSpan.FromSeconds(
        random.Next(15) == 0 ? 0.5 + random.NextDouble() * 2.5 : 0.1 + random.NextDouble() * 0.3);
}
