using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;

[assembly: AssemblyFixture(typeof(Site))]
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>One browser and one server for all tests; each test comes as a new visitor.</summary>
public sealed class Site : IAsyncLifetime
{
    private static readonly TimeSpan LongestClosing = TimeSpan.FromSeconds(20);

    private IPlaywright _playwright = null!;

    public IBrowser Browser { get; private set; } = null!;

    public ServerProcess Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        BrowserChoice.Check();
        // Generous: the machine may be busy, and nothing here is a measurement.
        Assertions.SetDefaultExpectTimeout(60_000);
        Server = await ServerProcess.StartAsync();
        _playwright = await Playwright.CreateAsync().WaitAsync(TimeSpan.FromMinutes(2));
        Browser = await BrowserChoice.LaunchAsync(_playwright);
    }

    /// <summary>A new person with a browser of their own.</summary>
    /// <param name="server">Where they come to; null for the one of all tests.</param>
    /// <param name="options">What their browser is like.</param>
    /// <param name="language">What it asks for, such as <c>ar-EG</c>; null for what a browser asks for by itself,
    /// English.</param>
    public async Task<Visitor> VisitAsync(
        ServerProcess? server = null, BrowserNewContextOptions? options = null, string? language = null)
    {
        options ??= new BrowserNewContextOptions();
        options.Locale ??= language;
        options.BaseURL ??= (server ?? Server).Address.ToString();
        options.ViewportSize ??= new ViewportSize { Width = 1280, Height = 800 };
        // Of a browser that hangs there is no other sign.
        var context = await Browser.NewContextAsync(options).WaitAsync(TimeSpan.FromMinutes(2));
        context.SetDefaultTimeout(90_000);
        return await Visitor.ComeAsync(context, options.JavaScriptEnabled ?? true);
    }

    /// <summary>Waits for the end of something of the browser, but not for ever.</summary>
    public static async Task CloseAsync(Task closing)
    {
        if (await Task.WhenAny(closing, Task.Delay(LongestClosing)) == closing) await closing;
    }

    public async ValueTask DisposeAsync()
    {
        if (Browser is not null) await CloseAsync(Browser.DisposeAsync().AsTask());
        _playwright?.Dispose();
        if (Server is not null) await Server.DisposeAsync();
    }
}
