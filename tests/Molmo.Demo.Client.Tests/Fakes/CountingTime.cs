using Microsoft.Extensions.Time.Testing;

namespace Molmo.Demo.Client.Tests.Fakes;

/// <summary>
/// A clock that moves when told and counts what began to wait for it, so that a test moves it no earlier.
/// </summary>
internal sealed class CountingTime : FakeTimeProvider
{
    private int _waits;

    /// <summary>Timers set so far.</summary>
    public int Waits => Volatile.Read(ref _waits);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Interlocked.Increment(ref _waits);
        return timer;
    }
}
