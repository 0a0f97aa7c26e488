using System.Net;
using Molmo.Demo.Server.Web;

namespace Molmo.Demo.Server.Tests.Web;

public sealed class VisitorsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Visitor_FirstContact_GetsALongLivedCookieThatScriptsCannotRead()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();

        using var response = await person.GetAsync("/_blazor/initializers", Cancellation);

        var cookie = Assert.Single(response.Headers.GetValues("Set-Cookie"),
            c => c.StartsWith(Visitors.CookieName + "=", StringComparison.Ordinal));
        Assert.Contains("; httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; expires=", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Visitor_SecondRequest_KeepsTheCookie()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var first = await person.GetAsync("/_blazor/initializers", Cancellation);

        using var second = await person.GetAsync("/_blazor/initializers", Cancellation);

        Assert.False(second.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Visitor_StaticFile_MakesNoVisitor()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();

        using var response = await person.GetAsync("/samples/scene-01.png", Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Visitor_KeysLost_BecomesANewVisitorWithoutAnError()
    {
        var data = Directory.CreateTempSubdirectory("molmo-test-").FullName;
        string cookie;
        await using (var app = new MolmoApplication { Data = data, KeepData = true })
        {
            using var person = app.AsNewVisitor();
            using var response = await person.GetAsync("/_blazor/initializers", Cancellation);
            cookie = response.Headers.GetValues("Set-Cookie").First().Split(';')[0];
        }
        foreach (var key in Directory.GetFiles(Path.Combine(data, "keys"))) File.Delete(key);

        await using var restarted = new MolmoApplication { Data = data };
        using var client = restarted.CreateClient(new() { HandleCookies = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/_blazor/initializers");
        request.Headers.Add("Cookie", cookie);
        using var again = await client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Contains(again.Headers.GetValues("Set-Cookie"),
            c => c.StartsWith(Visitors.CookieName + "=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Visitor_KeyFileDamaged_BecomesANewVisitorWithoutAnError()
    {
        var data = Directory.CreateTempSubdirectory("molmo-test-").FullName;
        await using (var app = new MolmoApplication { Data = data, KeepData = true })
        {
            using var person = app.AsNewVisitor();
            using var response = await person.GetAsync("/_blazor/initializers", Cancellation);
        }
        foreach (var key in Directory.GetFiles(Path.Combine(data, "keys")))
            await File.WriteAllTextAsync(key, "<key", Cancellation);

        await using var restarted = new MolmoApplication { Data = data };
        using var client = restarted.AsNewVisitor();
        using var again = await client.GetAsync("/_blazor/initializers", Cancellation);

        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task Visitor_SameKeysAfterRestart_StaysTheSame()
    {
        var data = Directory.CreateTempSubdirectory("molmo-test-").FullName;
        string cookie;
        await using (var app = new MolmoApplication { Data = data, KeepData = true })
        {
            using var person = app.AsNewVisitor();
            using var response = await person.GetAsync("/_blazor/initializers", Cancellation);
            cookie = response.Headers.GetValues("Set-Cookie").First().Split(';')[0];
        }

        await using var restarted = new MolmoApplication { Data = data };
        using var client = restarted.CreateClient(new() { HandleCookies = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/_blazor/initializers");
        request.Headers.Add("Cookie", cookie);
        using var again = await client.SendAsync(request, Cancellation);

        Assert.False(again.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public void Of_PrincipalOfAVisitor_GivesThatVisitor()
    {
        var visitor = VisitorId.New();

        Assert.Equal(visitor, Visitors.Of(Visitors.Principal(visitor)));
        Assert.Null(Visitors.Find(new System.Security.Claims.ClaimsPrincipal()));
        Assert.Null(Visitors.Find(Visitors.Principal(new VisitorId("../x"))));
    }
}
