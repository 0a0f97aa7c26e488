using System.Collections.Concurrent;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Molmo.Demo.Server.Tests.Images;

namespace Molmo.Demo.Server.Tests.Hosting;

public sealed class LogTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Log_UploadShareReadAndRefusals_HoldsReferencesButNoSecret()
    {
        var log = new CollectingLog();
        await using var app = new MolmoApplication(("Logging:LogLevel:Default", "Debug"));
        await using var logging = app.WithWebHostBuilder(
            builder => builder.ConfigureTestServices(services => services.AddSingleton<ILoggerProvider>(log)));
        using var person = logging.CreateClient(new WebApplicationFactoryClientOptions { AllowAutoRedirect = false });

        var image = (await person.UploadAsync(Rasters.Png(), "secret-name.png")).Text("id");
        using var shown = await person.GetAsync($"/img/{image}", Cancellation);
        using var unknown = await person.GetAsync("/s/0123456789abcdefghijkl", Cancellation);
        using var refused = await person.PostImageAsync("not a picture"u8.ToArray(), "secret-name.gif");
        var refusal = await refused.JsonAsync();

        var text = string.Join('\n', log.Lines);
        Assert.Contains(refusal.Text("reference"), text, StringComparison.Ordinal);
        foreach (var secret in new[] { image, "0123456789abcdefghijkl", "secret-name", Server.Web.Visitors.CookieName })
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
    }

    private sealed class CollectingLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
            => Lines.Enqueue(formatter(state, exception) + exception);

        public void Dispose()
        {
        }
    }
}
