using System.Net;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace Molmo.Demo.Server.Tests.Web;

public sealed class ErrorPagesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Unknown_AskedByABrowser_IsAPlainPage()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        person.DefaultRequestHeaders.Add("Accept", "text/html,*/*");

        using var response = await person.GetAsync("/no/such/page", Cancellation);
        var html = await response.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("There is nothing at this address", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_AskedByAProgram_IsAProblem()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();

        using var response = await person.GetAsync("/api/nothing", Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        await response.RefusalAsync();
    }

    [Theory]
    [InlineData("text/html", "text/html")]
    [InlineData("application/json", "application/problem+json")]
    public async Task Storage_FailsWhereOnlyReadingWasMeant_AsksToTryAgain(string accept, string expected)
    {
        var data = Directory.CreateTempSubdirectory("molmo-test-").FullName;
        await using var app = new MolmoApplication { Data = data };
        using var person = app.AsNewVisitor();
        person.DefaultRequestHeaders.Add("Accept", accept);
        using (var connection = app.Database.Open()) connection.Execute("ALTER TABLE shares RENAME TO mislaid");

        using var response = await person.GetAsync($"/s/{RandomId.New()}/photo/1", Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("60", response.Headers.RetryAfter?.ToString());
        Assert.Equal(expected, response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("storage does not answer", await response.Content.ReadAsStringAsync(Cancellation),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/html", "text/html")]
    [InlineData("application/json", "application/problem+json")]
    public async Task Failure_Unexpected_SaysNothingOfTheInside(string accept, string expected)
    {
        await using var app = new MolmoApplication();
        await using var failing = app.WithWebHostBuilder(builder =>
            builder.ConfigureTestServices(services => services.AddSingleton<IStartupFilter, FailingRoute>()));
        using var person = failing.CreateClient(new WebApplicationFactoryClientOptions { AllowAutoRedirect = false });
        person.DefaultRequestHeaders.Add("Accept", accept);

        using var response = await person.GetAsync("/fail", Cancellation);
        var body = await response.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal(expected, response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("Something went wrong here.", body, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", body, StringComparison.Ordinal);
        Assert.True(response.Headers.Contains("Content-Security-Policy"));
    }

    [Fact]
    public async Task Health_AnyTime_AnswersWithoutACookie()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();

        using var health = await person.GetAsync("/health", Cancellation);
        using var ready = await person.GetAsync("/ready", Cancellation);

        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.True(ready.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable);
        Assert.NotNull((await ready.JsonAsync())["ready"]);
        Assert.False(health.Headers.Contains("Set-Cookie") || ready.Headers.Contains("Set-Cookie"));
    }

    /// <summary>Adds a route that fails, behind everything else.</summary>
    private sealed class FailingRoute : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            next(app);
            app.Map("/fail", fail => fail.Run(_ => throw new InvalidOperationException("secret path /srv/molmo")));
        };
    }
}
