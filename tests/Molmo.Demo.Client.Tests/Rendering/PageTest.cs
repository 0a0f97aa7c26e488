using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Layout;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Shared.Admin;
using Molmo.Demo.Shared.Audits;
using Molmo.Demo.Shared.Comparison;
using MudBlazor.Services;
using Identity = System.Security.Claims.Claim;

namespace Molmo.Demo.Client.Tests.Rendering;

/// <summary>
/// Tests that render components of one visitor over fakes of all services. Scripts are called and do nothing.
/// </summary>
public abstract class PageTest : BunitContext
{
    // A wait that a busy machine makes long is no failure.
    static PageTest() => DefaultWaitTimeout = TimeSpan.FromSeconds(30);

    protected PageTest()
    {
        Live = new FakeLive(Chat);
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddSingleton<IChatService>(Chat);
        Services.AddSingleton<IConversationStore>(Chat);
        Services.AddSingleton<IConversationChanges>(Chat);
        Services.AddSingleton<IAnswerTexts>(Chat);
        Services.AddSingleton<IImageCatalog>(Images);
        Services.AddSingleton<IShareService>(Shares);
        Services.AddSingleton<ILiveService>(Live);
        Services.AddSingleton<IVoteStore>(new FakeVotes());
        Services.AddSingleton<IAuditStore>(new FakeAudits());
        Services.AddSingleton<IRatingStore>(new FakeRatings());
        Services.AddSingleton<IAnswerKeeping>(Keeping);
        Services.AddSingleton<IPrivateChats>(new FakePrivateChats());
        Services.AddSingleton<IAdminDesk>(Desk);
        Services.AddSingleton(_ => Time);
        Services.AddSingleton<IServerInfo>(new Notice());
        Services.AddSingleton<IErrorBoundaryLogger>(_failures);
        Services.AddMudServices(MolmoTheme.Configure);
        Services.AddSingleton<IPageRequest>(new FakePageRequest());
        AddAuthorization().SetAuthorized("test").SetClaims(new Identity(VisitorId.ClaimType, Visitor.Value));
        // Last: no service can be added to a renderer that is there.
        SetRendererInfo(new RendererInfo("Server", isInteractive: true));
    }

    private readonly Failures _failures = new();

    private protected FakeChat Chat { get; } = new();

    private protected FakeImages Images { get; } = new();

    private protected FakeShares Shares { get; } = new();

    private protected FakeLive Live { get; }

    private protected FakeAdminDesk Desk { get; } = new();

    private protected FakeKeeping Keeping { get; } = new();

    private protected TimeProvider Time { get; set; } = TimeProvider.System;

    private protected VisitorId Visitor { get; } = VisitorId.New();

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Runs where components run.</summary>
    private protected Task OnPageAsync(Func<Task> work) => Renderer.Dispatcher.InvokeAsync(work);

    private protected ChatSession OpenSession() => new(Chat, Chat, Images, Time, Visitor);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        // A page shows a sentence in place of a component that failed; here it is the test that fails.
        Assert.Empty(_failures.Seen);
    }

    private sealed class Failures : IErrorBoundaryLogger
    {
        public List<Exception> Seen { get; } = [];

        public ValueTask LogErrorAsync(Exception exception)
        {
            Seen.Add(exception);
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Notice : IServerInfo
    {
        public ServerInfo Current { get; } = new(
            "molmo-tiny", new EarlierWords("CPU, 2 threads"))
        {
            Knows = new Knowledge(true, [new KnownThing("dog", "dogs"), new KnownThing("fish", "fish")]),
        };
    }
}
