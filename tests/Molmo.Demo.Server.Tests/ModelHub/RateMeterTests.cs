using Microsoft.Extensions.Time.Testing;
using Molmo.Demo.Server.ModelHub;

namespace Molmo.Demo.Server.Tests.ModelHub;

/// <summary>What a person is told of bytes on their way.</summary>
public sealed class RateMeterTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Collected _told = new();

    [Fact]
    public void Add_BytesJustBeforeTheLineStandsStill_AreToldWithARate()
    {
        using var meter = new RateMeter("owner/tiny", 1000, _told, _time);
        meter.Add(100, isNew: true);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        meter.Add(100, isNew: true);
        Assert.Equal(new FetchProgress("owner/tiny", 100, 1000, 0), Assert.Single(_told.All));

        _time.Advance(TimeSpan.FromMilliseconds(150));
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(2, _told.All.Count);
        Assert.Equal(200, _told.All[1].DoneBytes);
        Assert.Equal(800, _told.All[1].BytesPerSecond, 1);
    }

    [Fact]
    public void Dispose_BytesUntold_StaysSilent()
    {
        var meter = new RateMeter("owner/tiny", 1000, _told, _time);
        meter.Add(100, isNew: true);
        meter.Add(100, isNew: true);

        meter.Dispose();
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Single(_told.All);
    }

    private sealed class Collected : IProgress<FetchProgress>
    {
        public List<FetchProgress> All { get; } = [];

        public void Report(FetchProgress value) => All.Add(value);
    }
}
