using Microsoft.Extensions.Logging.Abstractions;
using Molmo.Demo.Server.Chat.Remote;
using Molmo.Demo.Server.Engines;

namespace Molmo.Demo.Server.Tests.Engines;

public class ModelNoticeTests
{
    [Fact]
    public async Task Current_EmbeddedModel_SaysWhatItKnowsBeforeItIsLoaded()
    {
        var options = new MolmoOptions();
        using var host = new EngineHost(options, NullLogger<EngineHost>.Instance);
        await host.StartAsync(TestContext.Current.CancellationToken);
        var info = new ModelNotice(options, host).Current;
        await host.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(("molmo-tiny", TestData.TinyThings, true),
            (info.Model, info.Knows?.Things.Length, info.Knows?.Practice));
        Assert.Equal(12, info.Revision!.Length);
    }

    [Fact]
    public void Current_OtherModel_IsNamedByItsFolderAndMakesNoPromise()
    {
        var info = new ModelNotice(new MolmoOptions { Model = "/weights/Molmo-7B-D-0924/" }).Current;
        Assert.Equal(("Molmo-7B-D-0924", null, null), (info.Model, info.Device, info.Knows));
    }

    [Fact]
    public void Current_WebRole_TellsNobodyWhereTheEngineIs()
        => Assert.Equal("Molmo", new RemoteNotice(
            new MolmoOptions { Role = ServerRole.Web, Inference = new Uri("http://gpu.internal:5001") }).Current.Model);
}
