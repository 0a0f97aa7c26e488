namespace Molmo.Demo.Server.Tests.Web.Files;

public sealed class PageCompressionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("none", true)]
    [InlineData("same-origin", true)]
    [InlineData("cross-site", false)]
    [InlineData("same-site", false)]
    [InlineData(null, false)]
    public async Task Page_AskedForByAnotherSite_IsNotCompressed(string? site, bool isCompressed)
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.AcceptEncoding.ParseAdd("gzip, br");
        if (site is not null) request.Headers.Add("Sec-Fetch-Site", site);

        using var response = await person.SendAsync(request, Cancellation);

        Assert.Equal(isCompressed ? ["br"] : [], response.Content.Headers.ContentEncoding);
        var body = await response.Content.ReadAsByteArrayAsync(Cancellation);
        // As it is, the page has more than 40 kB.
        Assert.InRange(body.Length, isCompressed ? 1 : 40_000, isCompressed ? 13_000 : int.MaxValue);
    }

    [Fact]
    public async Task Initializers_OfThePackages_AreNoneSinceThePageDoesNotAskForThem()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        Assert.Equal("[]", await person.GetStringAsync("/_blazor/initializers", Cancellation));
        Assert.Contains("initializers: { beforeStart: [], afterStarted: [] }",
            await person.GetStringAsync("/blazor.js", Cancellation), StringComparison.Ordinal);
        Assert.DoesNotContain(
            "Blazor-Web-Initializers", await person.GetStringAsync("/", Cancellation), StringComparison.Ordinal);
    }
}
