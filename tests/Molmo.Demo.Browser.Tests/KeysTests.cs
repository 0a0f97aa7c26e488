using Microsoft.Playwright;
using Molmo.Demo.Browser.Tests.Support;
using Molmo.Demo.Client.Keys;
using static Microsoft.Playwright.Assertions;

namespace Molmo.Demo.Browser.Tests;

/// <summary>
/// Every key of the list does what the list says, single ones can be switched off, and the focus is never lost.
/// </summary>
public sealed class KeysTests(Site site)
{
    private const string TwoGroups =
        " <points x1=\"20\" y1=\"30\" x2=\"60\" y2=\"30\" alt=\"upper\">upper</points> and <points x1=\"20\" y1=\"70\" "
            + "x2=\"60\" y2=\"70\" alt=\"lower\">lower</points>.";

    private static readonly Dictionary<string, KeyEntry> Keys =
        KeyTable.Groups.SelectMany(group => group.Keys).ToDictionary(key => key.Id);

    private readonly HashSet<string> _pressed = [];

    [Fact]
    public async Task Keys_OfTheList_DoWhatItSays()
    {
        await using var visitor = await site.VisitAsync();
        var (page, box, viewer) = (visitor.Page, visitor.Composer, new Viewer(visitor.Page));
        var list = page.GetByTestId("keys");
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));

        // Asking. What an input method is composing is never sent, however the browser says so.
        await box.FillAsync("How many");
        await PressAsync(page, "newline");
        await Expect(box).ToHaveValueAsync("How many\n");
        await box.EvaluateAsync(
            """
            box => {
              for (const composing of [{ isComposing: true }, { keyCode: 229 }])
                box.dispatchEvent(
                    new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...composing }));
            }
            """);
        await box.FillAsync(site.Server.Recordings.Hold().Question);
        await PressAsync(page, "send");
        await visitor.ExpectStateAsync("streaming");
        await PressAsync(page, "stop");
        await visitor.ExpectStateAsync("done");
        await Expect(page.GetByTestId("question")).ToHaveCountAsync(1);
        await PressAsync(page, "recall");
        await Expect(page.GetByTestId("editing")).ToBeVisibleAsync();
        await PressAsync(page, "stop");
        await Expect(page.GetByTestId("editing")).ToHaveCountAsync(0);
        await box.FillAsync(site.Server.Recordings.Keep(TwoGroups));
        await PressAsync(page, "send-always");
        await Expect(visitor.Points).ToHaveCountAsync(4);
        await visitor.ExpectStateAsync("done");
        await PressAsync(page, "copy");
        await Expect(visitor.Answer.Locator("[data-copy].copied")).ToBeVisibleAsync();

        // On the photo.
        await viewer.Frame.FocusAsync();
        foreach (var (key, dot) in new[]
        {
            ("next", 0), ("next", 1), ("previous", 0), ("next-group", 2), ("previous-group", 0)
        })
        {
            await PressAsync(page, key);
            await Expect(visitor.Points.Nth(dot)).ToBeFocusedAsync();
        }
        await PressAsync(page, "closer");
        await viewer.ExpectZoomAsync(3);
        await Expect(page.Locator(".tip [data-centre-dot]")).ToBeVisibleAsync();
        await PressAsync(page, "fit");
        await viewer.ExpectZoomAsync(1);
        await PressAsync(page, "zoom-in");
        await viewer.ExpectZoomAsync(1.6);
        await PressAsync(page, "zoom-out");
        await viewer.ExpectZoomAsync(1);
        await PressAsync(page, "numbers");
        await Expect(viewer.Root).ToHaveAttributeAsync("data-numbers", "off");
        await page.Keyboard.DownAsync(Named("hide"));
        await Expect(page.Locator("[data-viewer][data-hidden]")).ToHaveCountAsync(1);
        await page.Keyboard.UpAsync(Named("hide"));
        await Expect(page.Locator("[data-viewer][data-hidden]")).ToHaveCountAsync(0);

        // Everywhere: each way.
        foreach (var way in Enumerable.Range(0, Keys["box"].Chords.Length))
        {
            await viewer.Frame.FocusAsync();
            await PressAsync(page, "box", way);
            await Expect(box).ToBeFocusedAsync();
            await Expect(box).ToHaveValueAsync("");
        }
        foreach (var way in Enumerable.Range(0, Keys["help"].Chords.Length))
        {
            await viewer.Frame.FocusAsync();
            await PressAsync(page, "help", way);
            await Expect(list).ToBeVisibleAsync();
            await page.Keyboard.PressAsync("Escape");
            await Expect(list).ToBeHiddenAsync();
            await Expect(viewer.Frame).ToBeFocusedAsync();
        }

        // Off, single keys do nothing; those with a modifier do.
        await page.Keyboard.PressAsync("Control+/");
        await page.GetByTestId("single-keys").UncheckAsync();
        await page.Keyboard.PressAsync("Escape");
        await page.ReloadAsync();
        await Expect(visitor.Points).ToHaveCountAsync(4);
        await viewer.Frame.FocusAsync();
        foreach (var key in new[] { "n", "?", "/", "+" }) await page.Keyboard.PressAsync(key);
        await Expect(viewer.Frame).ToBeFocusedAsync();
        await Expect(list).ToBeHiddenAsync();
        await page.Keyboard.PressAsync("Control+/");
        await Expect(page.GetByTestId("single-keys")).Not.ToBeCheckedAsync();

        await PressAsync(page, "new");
        await Expect(page).ToHaveURLAsync(new Regex("^https?://[^/]+/$"));
        // The list and the keys pressed here are the same; those of an audit belong to its own tests.
        Assert.Equal(
            Keys.Keys.Where(id => !id.StartsWith("audit", StringComparison.Ordinal)).Order(), _pressed.Order());
        visitor.ExpectNoTrouble();
    }

    [Fact]
    public async Task Focus_WhereWhatHadItGoesAway_StaysNear()
    {
        await using var visitor = await site.VisitAsync();
        var page = visitor.Page;
        await visitor.OpenWithPhotoAsync(Photos.Sample("scene-08.jpg"));
        await visitor.AskHalfAsync(site.Server.Recordings.Hold());
        await visitor.Stop.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await visitor.ExpectStateAsync("done");
        await Expect(visitor.Send).ToBeFocusedAsync();

        // The button is drawn away as the question is asked again.
        await visitor.Answer.GetByTestId("ask-again").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForFunctionAsync(
            "() => !document.querySelector('[data-testid=ask-again]') && document.activeElement !== document.body");

        await visitor.Stop.ClickAsync();
        await visitor.ExpectStateAsync("done");
        var more = page.GetByTestId("more");
        await more.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.GetByTestId("keys-open").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByTestId("keys")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(more).ToBeFocusedAsync();

        // Last: the library gives the focus back once more a little later, and a key pressed meanwhile would go there.
        var share = page.GetByTestId("share");
        await share.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByTestId("share-create")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(share).ToBeFocusedAsync();
        await Expect(page.Locator(".mud-dialog")).ToHaveCountAsync(0);
        visitor.ExpectNoTrouble();
    }

    private Task PressAsync(IPage page, string id, int way = 0) => page.Keyboard.PressAsync(Named(id, way));

    /// <summary>As the driver calls the keys.</summary>
    private string Named(string id, int way = 0)
    {
        _pressed.Add(id);
        return string.Join('+', Keys[id].Chords[way]
            .Select(key => key switch { "Ctrl" => "Control", "Esc" => "Escape", "↑" => "ArrowUp", _ => key }));
    }
}
