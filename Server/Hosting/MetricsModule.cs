using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Molmo.Demo.Client.Localization;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Server.Web;
using Molmo.Demo.Server.Web.Metrics;
using Molmo.Demo.Server.Web.Sockets;

namespace Molmo.Demo.Server.Hosting;

/// <summary>
/// <c>/metrics</c>: for this machine, and for who shows <see cref="MolmoOptions.MetricsKey"/>. Everybody else is told
/// that there is nothing: how busy a server is helps to overload it.
/// </summary>
internal sealed class MetricsModule : IModule
{
    public void Add(WebApplicationBuilder builder, MolmoOptions options)
    {
        builder.Services.AddMetrics();
        builder.Services.AddSingleton<MolmoMetrics>();
        builder.Services.AddSingleton<MetricsListener>();
        builder.Services.AddHostedService(services => services.GetRequiredService<MetricsListener>());
    }

    public void Map(WebApplication app, MolmoOptions options)
    {
        Observe(app.Services);
        app.MapGet("/metrics", (HttpContext context, MetricsListener metrics) => MayRead(context, options)
            ? Results.Text(metrics.Write(), PrometheusText.ContentType)
            : Results.NotFound()).WithMetadata(new PublicEndpoint(), new ProbeEndpoint());
    }

    /// <summary>What others know and need not count.</summary>
    private static void Observe(IServiceProvider services)
    {
        var metrics = services.GetRequiredService<MolmoMetrics>();
        var meter = metrics.Meter;
        if (services.GetService<JournalWriter>() is { } writer)
        {
            writer.EndStored += journal => metrics.Ended(journal.Snapshot().Events[^1]);
            meter.CreateObservableUpDownCounter("molmo.events.unstored", () => writer.Unstored, "{event}",
                "Events of answers that are in memory only.");
        }
        var storage = services.GetRequiredService<StorageHealth>();
        storage.Failed += metrics.StorageFailed;
        meter.CreateObservableGauge("molmo.storage.degraded", () => storage.Trouble is null ? 0 : 1, "{storage}",
            "Whether writes to the storage fail.");
        if (services.GetService<IAnswerSource>() is { OutlivesProcess: false } source)
        {
            QueueStatus Status() => source.GetStatusAsync(CancellationToken.None).GetAwaiter().GetResult();
            meter.CreateObservableUpDownCounter(
                "molmo.generations.running", () => Status().Running, "{generation}", "Answers being written.");
            meter.CreateObservableUpDownCounter(
                "molmo.generations.waiting", () => Status().Waiting, "{generation}", "Questions waiting.");
            meter.CreateObservableGauge("molmo.model.ready", () => Status().Ready ? 1 : 0, "{model}",
                "Whether questions are answered at once.");
        }
        if (services.GetService<EngineHost>() is { } engine)
        {
            meter.CreateObservableGauge("molmo.model.progress", () => engine.IsReady ? 1 : engine.Progress?.Share ?? 0,
                "1", "Share of the model that is fetched or loaded.");
            meter.CreateObservableGauge("molmo.model.load.duration", () => engine.LoadSeconds, "s",
                "Time that loading the weights took; 0 before it ended.");
            meter.CreateObservableGauge("molmo.engine.info", () => Info(engine), "{engine}",
                "What the model computes on: device, library and precision.");
            meter.CreateObservableGauge(
                "molmo.engine.blocks.free",
                () => engine.IsReady ? engine.Loaded.Result.Engine.Statistics.FreeBlocks : 0, "{block}",
                "Free blocks of keys and values.");
            ObserveReuse(meter, engine);
        }
        var sockets = services.GetRequiredService<SocketLimit>();
        meter.CreateObservableUpDownCounter(
            "molmo.sockets", () => sockets.Open, "{socket}", "Connections that are held open.");
        meter.CreateObservableUpDownCounter(
            "molmo.circuits", () => sockets.Pages, "{circuit}", "Pages that are connected.");
    }

    private static void ObserveReuse(Meter meter, EngineHost engine)
    {
        meter.CreateObservableGauge(
            "molmo.engine.blocks", () => engine.Reuse.Blocks, "{block}", "Blocks of keys and values in all.");
        meter.CreateObservableGauge("molmo.engine.blocks.kept", () => engine.Reuse.KeptBlocks, "{block}",
            "Blocks whose keys and values later questions may find, free ones among them.");
        meter.CreateObservableCounter("molmo.engine.positions.reused", () => engine.Reuse.ReusedPositions,
            "{position}", "Positions of prompts that were found computed.");
        meter.CreateObservableCounter("molmo.engine.positions.computed", () => engine.Reuse.ComputedPositions,
            "{position}", "Positions of prompts that were computed.");
        meter.CreateObservableGauge("molmo.engine.pictures", () => engine.Reuse.Pictures, "{picture}",
            "Pictures whose features are kept or being made.");
        meter.CreateObservableGauge("molmo.engine.pictures.size", () => engine.Reuse.PictureBytes, "By",
            "Memory of their features.");
        meter.CreateObservableCounter("molmo.engine.pictures.encoded", () => engine.Reuse.PicturesEncoded,
            "{picture}", "Pictures whose features were begun.");
        meter.CreateObservableCounter("molmo.engine.pictures.reused", () => engine.Reuse.PicturesReused,
            "{picture}", "Times that a picture's features were there or begun when they were asked for.");
    }

    private static Measurement<int>[] Info(EngineHost engine) => engine is { IsReady: true, Loaded.Result: { } model }
        ? [new(1, new KeyValuePair<string, object?>("device", Words.Of(model.Device, Language.English)),
            new("library", model.Library), new("precision", model.Precision))]
        : [];

    private static bool MayRead(HttpContext context, MolmoOptions options)
    {
        if (options.MetricsKey is { } key)
            return CryptographicOperations.FixedTimeEquals(
                Encoding.UTF8.GetBytes(context.Request.Headers.Authorization.ToString()),
                Encoding.UTF8.GetBytes($"Bearer {key}"));
        return ClientAddress.IsThisMachine(context);
    }
}
