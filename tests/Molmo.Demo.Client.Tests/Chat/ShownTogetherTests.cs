using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;

namespace Molmo.Demo.Client.Tests.Chat;

/// <summary>Answers whose dots are on one photo together, and how they are told apart.</summary>
public class ShownTogetherTests : PageTest
{
    [Fact]
    public async Task ShowToo_SamePhoto_KeepsTheOpenOneAndTakesItBack()
    {
        await using var session = await AskedAsync();
        var (first, second) = (session.Turns[0], session.Turns[1]);
        Assert.Equal((second, false), (session.Shown, session.IsShownToo(first)));

        await OnPageAsync(() => Do(() => session.ShowToo(first, true)));
        Assert.Same(second, session.Shown);
        Assert.Equal([first], session.AlsoShown);
        var shown = Assert.Single(session.ShownToo);
        Assert.Equal((first.Id.Value, 0), (shown.Turn, shown.Look));
        Assert.True(shown.Base > 0);

        // The one that is opened is no longer beside itself; the other is still wanted.
        await OnPageAsync(() => Do(() => session.Show(first)));
        Assert.Empty(session.AlsoShown);
        await OnPageAsync(() => Do(() => session.Show(second)));
        Assert.Equal([first], session.AlsoShown);
        await OnPageAsync(() => Do(() => session.ShowToo(first, false)));
        Assert.Empty(session.AlsoShown);
    }

    [Fact]
    public async Task ShowToo_AnotherPhoto_ShowsItAlone()
    {
        await using var session = await AskedAsync();
        var first = session.Turns[0];
        await OnPageAsync(async () =>
        {
            await session.TakePhotoAsync(Images.Add("boats.png").Id);
            session.ShowToo(first, true);
        });
        Assert.Same(first, session.Shown);
        Assert.Equal(first.Image, session.Image);
        Assert.Empty(session.AlsoShown);
    }

    [Fact]
    public async Task LookOf_Groups_GoOnInTheOrderOfTheChatAndStay()
    {
        await using var session = await AskedAsync();
        Assert.Equal([0, 2], session.Turns.Select(session.LookOf));
        await OnPageAsync(() => Do(() => session.Show(session.Turns[0])));
        Assert.Equal([0, 2], session.Turns.Select(session.LookOf));
        // Another version of the second question begins where the first one did.
        await OnPageAsync(() => session.AskAgainAsync(session.Turns[1]));
        Assert.Equal(2, session.LookOf(session.Turns[1]));
        Assert.Equal(0, session.LookOf(null));
    }

    private static Task Do(Action action)
    {
        action();
        return Task.CompletedTask;
    }

    /// <summary>Two questions about one photo; two groups in the first answer, one in the second.</summary>
    private async Task<ChatSession> AskedAsync()
    {
        var session = OpenSession();
        await OnPageAsync(async () =>
        {
            await session.TakePhotoAsync(Images.Add().Id);
            Assert.True(await session.AskAsync("Dogs and cats?"));
            Chat.Last.Start().Point(0, 1, 1, 1).EndGroup(0, "dogs", "dogs")
                .Point(1, 1, 2, 2).EndGroup(1, "cats", "cats").End();
            await OnPage.UntilAsync(() => session.Live is null);
            Assert.True(await session.AskAsync("Fish?"));
            Chat.Last.Start().Point(0, 1, 3, 3).EndGroup(0, "fish", "fish").End();
            await OnPage.UntilAsync(() => session.Live is null);
        });
        return session;
    }
}
