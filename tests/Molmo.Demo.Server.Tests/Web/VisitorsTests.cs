using System.Net;
using Dapper;
using Molmo.Demo.Server.Tests.Images;
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
            c => c.StartsWith(Visitors.CookieName + ".", StringComparison.Ordinal));
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
            c => c.StartsWith(Visitors.CookieName + ".", StringComparison.Ordinal));
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
    public async Task Visitor_OfTwoServersOnOneHost_StaysTheSameOnEach()
    {
        await using var one = new MolmoApplication();
        await using var other = new MolmoApplication();
        // As a browser does: by name, whatever the port.
        var jar = new Dictionary<string, string>();

        var first = await VisitAsync(one, jar);
        await VisitAsync(other, jar);
        var again = await VisitAsync(one, jar);

        Assert.NotEmpty(first);
        Assert.Empty(again);
        Assert.Empty(await VisitAsync(other, jar));
    }

    [Fact]
    public async Task Visitor_WithTheNameOfAnEarlierVersion_StaysTheSameUnderTheNewOne()
    {
        await using var app = new MolmoApplication();
        var jar = new Dictionary<string, string>();
        await VisitAsync(app, jar);
        var (name, value) = Assert.Single(jar);
        using var client = app.CreateClient(new() { HandleCookies = false });
        client.DefaultRequestHeaders.Add("Cookie", $"{Visitors.CookieName}={value}");
        var image = (await client.UploadAsync(Rasters.Png())).Text("id");
        var renamed = new Dictionary<string, string> { [Visitors.CookieName] = value };

        Assert.Equal(name, Assert.Single(await VisitAsync(app, renamed)));
        renamed.Remove(Visitors.CookieName);
        using var visitor = app.CreateClient(new() { HandleCookies = false });
        visitor.DefaultRequestHeaders.Add("Cookie", $"{name}={renamed[name]}");
        await visitor.UploadAsync(Rasters.Png());

        using var connection = app.Database.Open();
        Assert.Equal(app.OwnerOf(image).Value,
            Assert.Single(connection.Query<string>("SELECT DISTINCT visitor FROM images")));
    }

    /// <returns>Names of the cookies that were set.</returns>
    private static async Task<IReadOnlyList<string>> VisitAsync(MolmoApplication app, Dictionary<string, string> jar)
    {
        using var client = app.CreateClient(new() { HandleCookies = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/_blazor/initializers");
        if (jar.Count > 0)
            request.Headers.Add("Cookie", string.Join("; ", jar.Select(cookie => $"{cookie.Key}={cookie.Value}")));
        using var response = await client.SendAsync(request, Cancellation);
        string[][] set = [.. (response.Headers.TryGetValues("Set-Cookie", out var found) ? found : [])
            .Select(cookie => cookie.Split(';')[0].Split('=', 2))];
        foreach (var pair in set) jar[pair[0]] = pair[1];
        return [.. set.Select(pair => pair[0])];
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
