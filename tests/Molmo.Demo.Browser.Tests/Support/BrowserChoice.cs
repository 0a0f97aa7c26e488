using Microsoft.Playwright;

namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>
/// Which browser the tests drive: <c>MOLMO_BROWSER</c> is <c>chromium</c> (the default), <c>firefox</c> or
/// <c>webkit</c>, and <c>MOLMO_BROWSER_PATH</c> its executable, without which Debian's Chromium is taken and of the
/// others the one that Playwright installed.
/// </summary>
internal static class BrowserChoice
{
    private const string Chromium = "/usr/bin/chromium";

    private static readonly string Kind =
        Environment.GetEnvironmentVariable("MOLMO_BROWSER") is { Length: > 0 } kind ? kind : "chromium";

    /// <summary>Whether it can be asked in Chromium's own protocol, of which others know nothing.</summary>
    public static bool IsChromium => Kind == "chromium";

    private static readonly string? Executable =
        Environment.GetEnvironmentVariable("MOLMO_BROWSER_PATH") is { Length: > 0 } path
            ? path
            : IsChromium ? Chromium : null;

    /// <exception cref="InvalidOperationException">It is not installed.</exception>
    public static void Check()
    {
        if (Executable is not null && !File.Exists(Executable))
            throw new InvalidOperationException(
                $"These tests drive {Executable}. Install it (on Debian: apt-get install chromium).");
    }

    public static Task<IBrowser> LaunchAsync(IPlaywright playwright)
        => playwright[Kind].LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Executable,
            Args = !IsChromium ? null :
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--no-first-run",
            ],
        });
}
