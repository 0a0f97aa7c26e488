using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Rendering;

namespace Molmo.Demo.Client.Tests.Chat;

public class KeepingNoticeTests : PageTest
{
    private readonly GenerationId _answer = GenerationId.New();

    [Fact]
    public async Task Changed_ByTheWriter_IsSaidAndTakenBackWithinOneRegion()
    {
        var notice = Show();
        var region = notice.One("[role=status]");
        Assert.Empty(region.TextContent.Trim());

        // The writer has a thread of its own.
        await Task.Run(() => Keeping.Fault = StorageFault.Full, Cancel);
        notice.WaitForAssertion(
            () => Assert.Equal(AnswerWords.NotKept(StorageFault.Full), notice.Test("not-kept").TextContent));
        Assert.Equal("status", notice.Test("not-kept").ParentElement!.GetAttribute("role"));

        await Task.Run(() => Keeping.Fault = null, Cancel);
        notice.WaitForAssertion(() => Assert.Empty(notice.Tests("not-kept")));
        notice.One("[role=status]");
    }

    [Fact]
    public void Render_WhileTheAnswerGrows_IsNotRenderedAgain()
    {
        Keeping.Fault = StorageFault.Full;
        var notice = Show();
        for (var i = 0; i < 5; i++) notice.Render(parameters => parameters.Add(shown => shown.Id, _answer));
        // The first time nobody is asked whether to render.
        Assert.InRange(notice.RenderCount, 1, 2);
    }

    [Fact]
    public async Task Dispose_PageIsGone_HearsNothingMore()
    {
        Show();
        Assert.True(Keeping.IsHeard);
        await DisposeComponentsAsync();
        Assert.False(Keeping.IsHeard);
    }

    private IRenderedComponent<KeepingNotice> Show()
        => Render<KeepingNotice>(parameters => parameters.Add(notice => notice.Id, _answer));
}
