using System.Diagnostics;

namespace Molmo.Demo.Server.Tests.Chat;

internal static class Sequences
{
    /// <summary>How long anything in these tests may take before it counts as hanging.</summary>
    public static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    public static async Task<List<T>> ToListAsync<T>(this IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items.WithCancellation(TestContext.Current.CancellationToken)) list.Add(item);
        return list;
    }

    public static async Task<List<T>> TakeAsync<T>(this IAsyncEnumerable<T> items, int count)
    {
        var list = new List<T>();
        await foreach (var item in items.WithCancellation(TestContext.Current.CancellationToken))
        {
            list.Add(item);
            if (list.Count == count) break;
        }
        return list;
    }

    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        for (var watch = Stopwatch.StartNew(); !condition();)
        {
            Assert.True(watch.Elapsed < Hang, $"Never happened: {what}.");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Prose of a stream.</summary>
    public static string Prose(this IEnumerable<GenerationEvent> events)
        => string.Concat(events.OfType<TextDelta>().Select(text => text.Delta));

    /// <summary>Fails unless the events show what the verbatim text says.</summary>
    public static void AssertShows(this IEnumerable<GenerationEvent> events, string text)
    {
        var answer = new Answer();
        foreach (var e in events) answer.Apply(e);
        Assert.Equal(Flat(PointMarkupParser.Parse(text)), Flat(answer.Segments));
    }

    private static IEnumerable<object> Flat(IEnumerable<AnswerSegment> segments)
        => segments.Select(segment => segment is PointSegment group
            ? (group.Group, string.Join(' ', group.Points), group.Text, group.Alt, group.IsComplete)
            : (object)segment);

    /// <summary>
    /// Fails unless the numbers are 1, 2, 3, ... but for one new epoch after a crash, and only the last event is a last
    /// one.
    /// </summary>
    public static void AssertWhole(this IReadOnlyList<GenerationEvent> events, bool afterCrash = false)
    {
        var before = events.TakeWhile(e => e.Seq < EventNumbers.Epoch).Count();
        Assert.Equal(Enumerable.Range(1, before).Select(i => (long)i), events.Take(before).Select(e => e.Seq));
        Assert.Equal(Enumerable.Range(0, events.Count - before).Select(i => EventNumbers.Epoch + i),
            events.Skip(before).Select(e => e.Seq));
        Assert.Equal(afterCrash, before < events.Count);
        Assert.Equal(Enumerable.Repeat(false, events.Count - 1).Append(true), events.Select(e => e.IsLast));
    }
}
