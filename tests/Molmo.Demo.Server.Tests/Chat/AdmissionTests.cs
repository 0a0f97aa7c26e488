using Microsoft.Extensions.Time.Testing;
using Molmo.Demo.Server.Chat;

namespace Molmo.Demo.Server.Tests.Chat;

public class AdmissionTests
{
    private readonly VisitorId _ann = VisitorId.New();
    private readonly VisitorId _ben = VisitorId.New();
    private readonly VisitorId _cat = VisitorId.New();

    [Fact]
    public void Enter_OneVisitorAskedFirstAndOften_OthersTakeTurns()
    {
        var admission = new Admission(1, TimeProvider.System);
        var running = admission.Enter(_ann);
        var names = new Dictionary<Admission.Ticket, string>();
        foreach (var (name, visitor) in new[] { ("a1", _ann), ("a2", _ann), ("a3", _ann), ("b1", _ben), ("c1", _cat),
            ("b2", _ben) })
            names[admission.Enter(visitor)] = name;

        var order = new List<string>();
        while (names.Count > 0)
        {
            running.Dispose();
            running = names.Keys.Single(ticket => ticket.AdmittedAt is not null);
            order.Add(names[running]);
            names.Remove(running);
        }
        Assert.Equal(["a1", "b1", "c1", "a2", "b2", "a3"], order);
    }

    [Fact]
    public async Task Wait_QueueMoves_TellsTheNumberAheadUntilItsTurn()
    {
        var admission = new Admission(1, TimeProvider.System);
        var running = admission.Enter(_ann);
        var next = admission.Enter(_ben);
        var last = admission.Enter(_cat);
        await using var positions = last.WaitAsync(TestContext.Current.CancellationToken)
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);

        Assert.True(await positions.MoveNextAsync());
        Assert.Equal(1, positions.Current);
        running.Dispose();
        Assert.True(await positions.MoveNextAsync());
        Assert.Equal(0, positions.Current);
        next.Dispose();
        Assert.False(await positions.MoveNextAsync());
        Assert.Equal((1, 0), (admission.Running, admission.Waiting));
    }

    [Fact]
    public void Dispose_WhileWaiting_FreesThePlaceOnly()
    {
        var admission = new Admission(2, TimeProvider.System);
        var running = new[] { admission.Enter(_ann), admission.Enter(_ann) };
        var waiting = admission.Enter(_ben);
        waiting.Dispose();
        waiting.Dispose();
        Assert.Equal((2, 0), (admission.Running, admission.Waiting));
        foreach (var ticket in running) ticket.Dispose();
        Assert.Equal((0, 0), (admission.Running, admission.Waiting));
    }

    [Fact]
    public void Estimate_AfterAnswers_GrowsWithTheNumberAhead()
    {
        var time = new FakeTimeProvider();
        var admission = new Admission(2, time);
        Assert.Null(admission.EstimateSeconds(0));
        Assert.Equal(0, admission.EstimateSeconds());
        var ticket = admission.Enter(_ann);
        time.Advance(TimeSpan.FromSeconds(8));
        ticket.Dispose();
        Assert.Equal(4, admission.EstimateSeconds(0));
        Assert.Equal(12, admission.EstimateSeconds(2));
    }

    [Fact]
    public void Enter_ManyThreadsComeAndLeave_NothingLeaks()
    {
        var admission = new Admission(3, TimeProvider.System);
        Parallel.For(0, 2000, i =>
        {
            using var ticket = admission.Enter(i % 2 == 0 ? _ann : _ben);
            Assert.InRange(admission.Running, 0, 3);
        });
        Assert.Equal((0, 0), (admission.Running, admission.Waiting));
    }
}
