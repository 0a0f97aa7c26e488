using Microsoft.Playwright;

namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>Scripts from npm that tests load into a page; <c>./test.sh</c> installs them.</summary>
public static class Packages
{
    public const string SignalR = "@microsoft/signalr/dist/browser/signalr.min.js";
    public const string Axe = "axe-core/axe.min.js";

    /// <summary>Loads one. It comes from the page's own address, because its policy allows no other.</summary>
    public static async Task LoadAsync(IPage page, string script)
    {
        var file = Find(script);
        var address = "/" + Path.GetFileName(file);
        await page.RouteAsync("**" + address,
            route => route.FulfillAsync(new RouteFulfillOptions { Path = file, ContentType = "text/javascript" }));
        await page.AddScriptTagAsync(new PageAddScriptTagOptions { Url = address });
    }

    /// <summary>
    /// Runs one as the browser's tools do, on a page whose policy allows no script that it did not bring.
    /// </summary>
    public static async Task RunAsync(IPage page, string script)
        => await page.EvaluateAsync(await File.ReadAllTextAsync(Find(script)));

    private static string Find(string script)
    {
        var file = Path.Combine(TestData.Repository, "artifacts", "npm", "node_modules", script);
        Assert.SkipUnless(File.Exists(file), $"{script} is not here: ./test.sh installs it.");
        return file;
    }
}
