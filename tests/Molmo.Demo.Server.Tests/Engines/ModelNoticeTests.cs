using Molmo.Demo.Server.Chat.Remote;
using Molmo.Demo.Server.Engines;

namespace Molmo.Demo.Server.Tests.Engines;

public class ModelNoticeTests
{
    [Fact]
    public void Current_EmbeddedModel_SaysHowLittleItKnowsAndHowToHaveMore()
    {
        using var labels = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(TestData.TinyModel, "labels.json")));
        var count = labels.RootElement.GetProperty("labels").GetArrayLength();
        var info = new ModelNotice(new MolmoOptions()).Current;
        Assert.Equal("molmo-tiny", info.Model);
        Assert.Equal(new SmallModel(count), info.Hint);
    }

    [Fact]
    public void Current_OtherModel_IsNamedByItsFolderWithoutAHint()
    {
        var info = new ModelNotice(new MolmoOptions { Model = "/weights/Molmo-7B-D-0924/" }).Current;
        Assert.Equal(("Molmo-7B-D-0924", null, null), (info.Model, info.Device, info.Hint));
    }

    [Fact]
    public void Current_WebRole_TellsNobodyWhereTheEngineIs()
        => Assert.Equal("Molmo", new RemoteNotice(
            new MolmoOptions { Role = ServerRole.Web, Inference = new Uri("http://gpu.internal:5001") }).Current.Model);
}
