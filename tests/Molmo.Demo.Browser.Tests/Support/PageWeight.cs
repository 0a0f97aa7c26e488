using Microsoft.Playwright;

namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>Bytes that a page has loaded, bodies only.</summary>
internal sealed class PageWeight
{
    /// <summary>Script and style as sent, compressed.</summary>
    public double CodeTransferred { get; set; }

    /// <summary>Script and style as read.</summary>
    public double CodeDecoded { get; set; }

    public int CodeFiles { get; set; }

    /// <summary>Scripts and styles of more than a packet that were sent as they are.</summary>
    public string[] Uncompressed { get; set; } = [];

    /// <summary>All that was sent, the page itself included.</summary>
    public double Transferred { get; set; }

    /// <summary>Once the network is idle.</summary>
    public static async Task<PageWeight> OfAsync(IPage page)
    {
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        return await page.EvaluateAsync<PageWeight>(
            """
            () => {
              const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
              const code = all.filter(entry => /\.(m?js|css)$/.test(new URL(entry.name).pathname));
              const sum = (entries, what) => entries.reduce((total, entry) => total + entry[what], 0);
              const raw = code.filter(
                  entry => entry.decodedBodySize > 1400 && entry.encodedBodySize > 0.7 * entry.decodedBodySize);
              return {
                codeTransferred: sum(code, 'encodedBodySize'),
                codeDecoded: sum(code, 'decodedBodySize'),
                codeFiles: code.length,
                uncompressed: raw.map(
                    entry => `${entry.name}: ${entry.encodedBodySize} of ${entry.decodedBodySize} bytes`),
                transferred: sum(all, 'encodedBodySize'),
              };
            }
            """);
    }
}
