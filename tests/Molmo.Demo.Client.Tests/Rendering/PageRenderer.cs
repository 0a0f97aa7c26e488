using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.HtmlRendering.Infrastructure;
using Microsoft.AspNetCore.Components.RenderTree;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Components.Web.HtmlRendering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.JSInterop;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Shared.Audits;
using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Comparison;
using Molmo.Demo.Shared.Images;
using Molmo.Demo.Shared.Sharing;

namespace Molmo.Demo.Client.Tests.Rendering;

#pragma warning disable BL0006 // The render tree is internal to the framework; no component test package restores here.

/// <summary>Renders components to HTML and clicks on them. Scripts never run, so what happens after a render does not happen.</summary>
internal sealed class PageRenderer : StaticHtmlRenderer
{
    private HtmlRootComponent _root;

    private PageRenderer(IServiceProvider services) : base(services, NullLoggerFactory.Instance)
    {
    }

    /// <summary>A renderer with these services, and fakes for those that are missing.</summary>
    public static PageRenderer Create(
        FakeChat? chat = null, FakeImages? images = null, FakeShares? shares = null, FakeLive? live = null, TimeProvider? time = null, VisitorId? visitor = null,
        FakeKeeping? keeping = null)
    {
        var services = new ServiceCollection();
        var answers = chat ?? new FakeChat();
        services.AddSingleton<IChatService>(answers);
        services.AddSingleton<IConversationStore>(answers);
        services.AddSingleton<IAnswerTexts>(answers);
        services.AddSingleton<IImageCatalog>(images ?? new FakeImages());
        services.AddSingleton<IShareService>(shares ?? new FakeShares());
        services.AddSingleton<ILiveService>(live ?? new FakeLive(answers));
        services.AddSingleton<IVoteStore>(new FakeVotes());
        services.AddSingleton<IAuditStore>(new FakeAudits());
        services.AddSingleton<IAnswerKeeping>(keeping ?? new FakeKeeping());
        services.AddSingleton<IPrivateChats>(new FakePrivateChats());
        services.AddSingleton(time ?? TimeProvider.System);
        services.AddSingleton<IServerInfo>(new Notice());
        services.AddSingleton<NavigationManager>(new FixedAddress());
        services.AddSingleton<IJSRuntime>(new NoScript());
        services.AddSingleton<IErrorBoundaryLogger>(new FailingBoundary());
        services.AddScoped<Radzen.DialogService>();
        var claims = new ClaimsIdentity([new Claim(VisitorId.ClaimType, (visitor ?? VisitorId.New()).Value)], "test");
        services.AddCascadingValue(_ => Task.FromResult(new AuthenticationState(new ClaimsPrincipal(claims))));
        return new PageRenderer(services.BuildServiceProvider());
    }

    /// <summary>Renders until nothing is pending.</summary>
    public Task<PageRenderer> RenderAsync<T>(params (string Name, object? Value)[] parameters) where T : IComponent
        => Dispatcher.InvokeAsync(async () =>
        {
            _root = BeginRenderingComponent(typeof(T), ParameterView.FromDictionary(parameters.ToDictionary(given => given.Name, given => given.Value)));
            await _root.QuiescenceTask;
            return this;
        });

    /// <summary>What is rendered now.</summary>
    public Task<string> HtmlAsync() => Dispatcher.InvokeAsync(() => _root.ToHtmlString());

    /// <summary>Elements of what is rendered now.</summary>
    public async Task<IReadOnlyList<HtmlElement>> ElementsAsync() => HtmlElement.Read(await HtmlAsync());

    /// <summary>Runs where components run.</summary>
    public Task OnPageAsync(Func<Task> work) => Dispatcher.InvokeAsync(work);

    /// <summary>Clicks the only element with this attribute value.</summary>
    public Task ClickAsync(string attribute, string value) => Dispatcher.InvokeAsync(async () =>
    {
        var handler = Handlers(0, attribute, value, "onclick").Single();
        await DispatchEventAsync(handler, null, new MouseEventArgs());
    });

    /// <summary>Changes the only input with this attribute value.</summary>
    public Task ChangeAsync(string attribute, string value, string? to = null) => Dispatcher.InvokeAsync(async () =>
    {
        var handler = Handlers(0, attribute, value, "onchange").Single();
        await DispatchEventAsync(handler, null, new ChangeEventArgs { Value = to });
    });

    /// <summary>Numbers of the components in each render so far.</summary>
    public List<int[]> Renders { get; } = [];

    protected override Task UpdateDisplayAsync(in RenderBatch renderBatch)
    {
        Renders.Add([.. renderBatch.UpdatedComponents.Array.Take(renderBatch.UpdatedComponents.Count).Select(updated => updated.ComponentId)]);
        return base.UpdateDisplayAsync(renderBatch);
    }

    protected override IComponent ResolveComponentForRenderMode(
        Type componentType, int? parentComponentId, IComponentActivator componentActivator, IComponentRenderMode renderMode)
        => componentActivator.CreateInstance(componentType);

    private IEnumerable<ulong> Handlers(int component, string attribute, string value, string on)
    {
        var frames = GetCurrentRenderTreeFrames(component);
        for (var i = 0; i < frames.Count; i++)
        {
            var frame = frames.Array[i];
            if (frame.FrameType == RenderTreeFrameType.Component)
            {
                foreach (var handler in Handlers(frame.ComponentId, attribute, value, on)) yield return handler;
            }
            if (frame.FrameType != RenderTreeFrameType.Element) continue;
            var attributes = new Dictionary<string, RenderTreeFrame>();
            for (var j = i + 1; j < frames.Count && frames.Array[j].FrameType == RenderTreeFrameType.Attribute; j++)
                attributes[frames.Array[j].AttributeName] = frames.Array[j];
            if (attributes.TryGetValue(attribute, out var found) && Convert.ToString(found.AttributeValue, CultureInfo.InvariantCulture) == value
                && attributes.TryGetValue(on, out var click))
                yield return click.AttributeEventHandlerId;
        }
    }

    private sealed class FailingBoundary : IErrorBoundaryLogger
    {
        public ValueTask LogErrorAsync(Exception exception) => throw new InvalidOperationException("A component failed.", exception);
    }

    private sealed class Notice : IServerInfo
    {
        public ServerInfo Current { get; } = new("molmo-tiny", "CPU, 2 threads", "It knows little.");
    }

    private sealed class FixedAddress : NavigationManager
    {
        public FixedAddress() => Initialize("https://molmo.example/", "https://molmo.example/");
    }

    private sealed class NoScript : IJSRuntime
    {
        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, object?[]? args) => throw new JSDisconnectedException("There is no browser.");

        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, CancellationToken cancellationToken, object?[]? args) => InvokeAsync<TValue>(identifier, args);
    }
}
