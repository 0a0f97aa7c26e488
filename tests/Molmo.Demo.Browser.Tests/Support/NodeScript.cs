using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>A script of this folder, run by Node with the npm packages that <c>./test.sh</c> installs.</summary>
internal static class NodeScript
{
    private static readonly string Packages = Path.Combine(TestData.Repository, "artifacts", "npm", "package.json");

    /// <summary>Whether a package is here.</summary>
    public static bool Has(string package)
        => Directory.Exists(Path.Combine(Path.GetDirectoryName(Packages)!, "node_modules", package));

    /// <summary>What it prints, as JSON.</summary>
    /// <param name="name">Of the file.</param>
    /// <param name="server">Where it asks.</param>
    /// <param name="picture">What it asks about.</param>
    public static async Task<JsonNode> RunAsync(string name, ServerProcess server, string picture)
    {
        using var node = Process.Start(new ProcessStartInfo("node",
            [Path.Combine(TestData.Repository, "tests", "Molmo.Demo.Browser.Tests", name), Packages,
                server.Address.ToString(), picture])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, error) = (node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken),
            node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(TimeSpan.FromMinutes(2));
        await node.WaitForExitAsync(guard.Token);
        Assert.True(node.ExitCode == 0, await error);
        return JsonNode.Parse(await output)!;
    }
}
