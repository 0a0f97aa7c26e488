using Microsoft.AspNetCore.Components;

namespace Molmo.Demo.Client.Tests.Fakes;

/// <summary>
/// Runs tests of page classes as a page does: on one dispatcher, one piece at a time. bunit's dispatcher and waits come
/// with a rendered component, and these have none.
/// </summary>
internal static class OnPage
{
    private static readonly TimeSpan HangGuard = TimeSpan.FromSeconds(30);

    public static Task RunAsync(Func<Task> test)
        => Dispatcher.CreateDefault().InvokeAsync(test).WaitAsync(HangGuard, TestContext.Current.CancellationToken);

    /// <summary>Lets the page work until the condition holds.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(HangGuard);
        while (!condition()) await Task.Delay(2, guard.Token);
    }
}
