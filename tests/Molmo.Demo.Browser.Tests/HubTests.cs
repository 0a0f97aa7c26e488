using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;

namespace Molmo.Demo.Browser.Tests;

/// <summary>The hub as another programmer meets it: from a page, with the published SignalR client.</summary>
public sealed class HubTests(Site site)
{
    private const string Prepare =
        """
        async question => {
          const picture = await (await fetch('/samples/scene-08.jpg')).blob();
          const reply = await fetch(
              '/api/images', { method: 'POST', body: picture, headers: { 'X-File-Name': 'scene-08.jpg' } });
          if (reply.status !== 201) throw new Error('upload: ' + reply.status);
          const { id } = await reply.json();
          const hub = window.hub =
              new signalR.HubConnectionBuilder().withUrl('/hubs/chat').configureLogging(signalR.LogLevel.None).build();
          await hub.start();
          window.attach = (generation, from, onNext = () => {}) => new Promise((resolve, reject) => {
            const events = [];
            hub.stream('Attach', generation, from).subscribe({
              next: e => { events.push(e); onNext(e); },
              complete: () => resolve(events),
              error: reject,
            });
          });
          return (await hub.invoke('StartGeneration', { image: id, text: question })).generationId;
        }
        """;

    [Fact]
    public async Task Attach_ToAnAnswer_StreamsNumberedEventsOfTheirTypes()
    {
        await using var visitor = await site.VisitAsync();
        await OpenAsync(visitor);
        var id = await visitor.Page.EvaluateAsync<string>(Prepare, "Point to the strawberries.");

        var events = await ReadAsync(visitor.Page, "id => attach(id, 1)", id);

        Assert.Equal(Enumerable.Range(1, events.Length), events.Select(e => e.GetProperty("seq").GetInt32()));
        var types = events.Select(e => e.GetProperty("type").GetString()).ToList();
        Assert.Subset(
            new HashSet<string?> { "queued", "start", "text", "point", "groupEnd", "note", "end" }, types.ToHashSet());
        Assert.Contains("start", types);
        Assert.Contains("groupEnd", types);
        Assert.Equal("end", types[^1]);

        var point = events.First(e => e.GetProperty("type").GetString() == "point");
        Assert.Equal((0, 1), (point.GetProperty("group").GetInt32(), point.GetProperty("n").GetInt32()));
        Assert.InRange(point.GetProperty("x").GetDouble(), 0, 100);
        Assert.InRange(point.GetProperty("y").GetDouble(), 0, 100);
        Assert.DoesNotContain(events, e => e.GetProperty("type").GetString() == "text"
            && e.GetProperty("delta").GetString()!.Contains("<point", StringComparison.Ordinal));
        Assert.Equal("molmo-tiny", events.First(e => e.GetProperty("type").GetString() == "start")
            .GetProperty("stamp").GetProperty("model").GetString());
        Assert.Equal("Finished", events[^1].GetProperty("reason").GetString());
        Assert.True(events[^1].GetProperty("usage").GetProperty("answerTokens").GetInt32() > 0);
    }

    [Fact]
    public async Task Attach_FromALaterNumber_GivesTheRest()
    {
        await using var visitor = await site.VisitAsync();
        await OpenAsync(visitor);
        var id = await visitor.Page.EvaluateAsync<string>(Prepare, "Point to the strawberries.");

        var all = await ReadAsync(visitor.Page, "id => attach(id, 1)", id);
        var rest = await ReadAsync(visitor.Page, "id => attach(id, 4)", id);

        Assert.Equal(all.Skip(3).Select(e => e.GetRawText()), rest.Select(e => e.GetRawText()));
    }

    [Fact]
    public async Task Stop_AfterTheFirstPoint_EndsTheAnswerAsStopped()
    {
        await using var visitor = await site.VisitAsync();
        await OpenAsync(visitor);
        var id = await visitor.Page.EvaluateAsync<string>(Prepare, site.Server.Recordings.Hold().Question);

        var events = await ReadAsync(visitor.Page,
            "id => attach(id, 1, e => { if (e.type === 'point' && e.n === 1) hub.invoke('Stop', id); })", id);

        Assert.Equal("end", events[^1].GetProperty("type").GetString());
        Assert.Equal("Stopped", events[^1].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Hub_WrongRequests_AreRefusedWithASentence()
    {
        await using var visitor = await site.VisitAsync();
        await OpenAsync(visitor);
        await visitor.Page.EvaluateAsync<string>(Prepare, "Point to the strawberries.");

        foreach (var call in new[]
                 {
                     "hub.invoke('StartGeneration', { text: '   ' })",
                     "hub.invoke('StartGeneration', { text: 'x'.repeat(4001) })",
                     "hub.invoke('StartGeneration', { text: 'What?', image: 'AAAAAAAAAAAAAAAAAAAAAA' })",
                     "hub.invoke('Stop', 'AAAAAAAAAAAAAAAAAAAAAA')",
                     "attach('../../etc/passwd', 1)",
                 })
        {
            var message =
                await visitor.Page.EvaluateAsync<string>($"() => {call}.then(() => 'accepted', e => e.message)");
            Assert.NotEqual("accepted", message);
            Assert.DoesNotContain("exception of type", message, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(" at Molmo.", message, StringComparison.Ordinal);
        }
        var status = (await visitor.Page.EvaluateAsync<JsonElement?>("() => hub.invoke('QueueStatus')"))!.Value;
        Assert.True(status.GetProperty("ready").GetBoolean());
        Assert.True(status.GetProperty("waiting").GetInt32() >= 0);
    }

    [Fact]
    public async Task Attach_ByAnotherVisitor_IsRefused()
    {
        await using var visitor = await site.VisitAsync();
        await OpenAsync(visitor);
        var id = await visitor.Page.EvaluateAsync<string>(Prepare, "Point to the strawberries.");

        await using var stranger = await site.VisitAsync();
        await OpenAsync(stranger);
        await stranger.Page.EvaluateAsync<string>(Prepare, "Point to the strawberries.");
        var reply = await stranger.Page.EvaluateAsync<string>(
            "id => attach(id, 1).then(() => 'told', () => 'refused')", id);

        Assert.Equal("refused", reply);
    }

    private static async Task OpenAsync(Visitor visitor)
    {
        await visitor.OpenAsync();
        await Packages.LoadAsync(visitor.Page, Packages.SignalR);
    }

    private static async Task<JsonElement[]> ReadAsync(IPage page, string read, string id)
    {
        var json = await page.EvaluateAsync<string>($"async id => JSON.stringify(await ({read})(id))", id);
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateArray().Select(e => e.Clone())];
    }
}
