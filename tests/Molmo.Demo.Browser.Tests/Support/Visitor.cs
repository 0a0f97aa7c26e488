using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Molmo.Demo.Browser.Tests.Support;

/// <summary>What a person does on the page, by the handles of the product, and what a person must never see.</summary>
public sealed class Visitor : IAsyncDisposable
{
    /// <summary>Reports any text on the page, at any moment, that is markup or the beginning of it.</summary>
    private const string Watch =
        """
        (() => {
          const raw = /<\/?points?(\s|>|\/|$)|<\/?p(o(i(nt?)?)?)?$|[xy]\d*="|\balt="/;
          const look = node => {
            if (node.nodeType === Node.TEXT_NODE) {
              if (raw.test(node.data) && !node.parentElement?.closest('script, style, head, [data-verbatim]'))
                  window.reportMarkup(node.data.slice(0, 300));
            } else {
              node.childNodes.forEach(look);
            }
          };
          new MutationObserver(changes => {
            for (const change of changes) {
              if (change.type === 'characterData') look(change.target);
              for (const node of change.addedNodes) look(node);
            }
          }).observe(document, { subtree: true, childList: true, characterData: true });
        })();
        """;

    /// <summary>
    /// Longer than any test takes. Most waits for a browser have an end, those for a script on a page have none.
    /// </summary>
    private static readonly TimeSpan LongestVisit = TimeSpan.FromMinutes(10);

    private readonly ConcurrentQueue<string> _troubles = new();
    private readonly CancellationTokenSource _over = new();

    private Visitor(IBrowserContext context) => Context = context;

    public IBrowserContext Context { get; }

    public IPage Page { get; private set; } = null!;

    public ILocator Photo => Page.GetByTestId("photo");

    public ILocator Composer => Page.GetByTestId("composer");

    public ILocator Send => Page.GetByTestId("send");

    public ILocator Stop => Page.GetByTestId("stop");

    /// <summary>The newest answer.</summary>
    public ILocator Answer => Page.GetByTestId("answer").Last;

    public ILocator Points => Page.GetByTestId("point");

    public ILocator Error => Page.GetByTestId("error");

    public static async Task<Visitor> ComeAsync(IBrowserContext context, bool hasScript)
    {
        var visitor = new Visitor(context);
        _ = visitor.EndAfterAsync(LongestVisit);
        if (hasScript)
        {
            await context.ExposeFunctionAsync(
                "reportMarkup", (string text) => visitor._troubles.Enqueue($"Markup on the page: {text}"));
            await context.AddInitScriptAsync(Watch);
        }
        visitor.Page = await visitor.OpenTabAsync();
        return visitor;
    }

    /// <summary>Another tab of the same browser.</summary>
    public async Task<IPage> OpenTabAsync()
    {
        var page = await Context.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type == "error") _troubles.Enqueue($"Console: {message.Text} ({message.Location})");
        };
        // Choosers are caught from now on: a test that begins to only when it presses the button may come too late.
        page.FileChooser += (_, _) => { };
        page.PageError += (_, error) => _troubles.Enqueue($"Script error: {error}");
        page.Request += (_, request) =>
        {
            var address = new Uri(request.Url);
            if (address.Scheme is not ("blob" or "data" or "about") && !address.IsLoopback)
                _troubles.Enqueue($"Request to a third party: {address}");
        };
        return page;
    }

    /// <summary>The same person on another tab.</summary>
    public Visitor On(IPage page) => new(Context) { Page = page };

    public async Task OpenAsync(string path = "/")
    {
        var response = await Page.GotoAsync(path);
        Assert.Equal(200, response!.Status);
    }

    public Task UploadAsync(string file) => Page.GetByTestId("photo-input").SetInputFilesAsync(file);

    public Task UploadAsync(string name, string type, byte[] content)
        => Page.GetByTestId("photo-input")
            .SetInputFilesAsync(new FilePayload { Name = name, MimeType = type, Buffer = content });

    /// <summary>Opens the drawer of chats, where it is not there already.</summary>
    public async Task OpenHistoryAsync()
    {
        await Assertions.Expect(Page.Locator("[data-connected]")).ToHaveCountAsync(1);
        if (!await Page.Locator("#history").IsVisibleAsync()) await Page.GetByTestId("history").ClickAsync();
    }

    /// <summary>Opens the page with this photo on the stage.</summary>
    public async Task OpenWithPhotoAsync(string file)
    {
        await OpenAsync();
        await UploadAsync(file);
        await Assertions.Expect(Photo).ToBeVisibleAsync();
    }

    public async Task AskAsync(string question)
    {
        await Composer.FillAsync(question);
        await Send.ClickAsync();
    }

    /// <summary>Puts a question back into the box, which is empty, and waits until it is there.</summary>
    /// <param name="question">Counted from 0.</param>
    public async Task EditAsync(int question = 0)
    {
        await Page.GetByTestId("edit").Nth(question).ClickAsync();
        await Assertions.Expect(Composer).Not.ToHaveValueAsync("");
    }

    /// <summary>Opens the share dialog and makes a link in it.</summary>
    /// <returns>Its whole address.</returns>
    public async Task<string> ShareAsync()
    {
        await Page.GetByTestId("share").ClickAsync();
        await Page.GetByTestId("share-create").ClickAsync();
        var link = Page.GetByTestId("share-link");
        await Assertions.Expect(link).ToBeVisibleAsync();
        return new Uri(new Uri(Page.Url), await link.GetAttributeAsync("href")).ToString();
    }

    /// <summary>Asks and waits for the end of the answer.</summary>
    public async Task<SeenAnswer> HearAsync(string question)
    {
        var before = await Page.GetByTestId("answer").CountAsync();
        await AskAsync(question);
        await Assertions.Expect(Page.GetByTestId("answer")).ToHaveCountAsync(before + 1);
        await ExpectStateAsync("done");
        await Page.WaitForFunctionAsync(
            """
            () => {
              const counts =
                  [...document.querySelectorAll('[data-testid=answer]')].at(-1).querySelectorAll('[data-chip] .count');
              return [...counts].reduce((sum, count) => sum + Number(count.textContent),
                  0) === document.querySelectorAll('[data-testid=point]').length;
            }
            """);
        return await SeeAsync();
    }

    /// <summary>Asks, and comes back in the middle of the answer, which stays there until it is let go.</summary>
    public async Task AskHalfAsync(HeldAnswer answer)
    {
        await AskAsync(answer.Question);
        await Assertions.Expect(Points.First)
            .ToBeVisibleAsync(new LocatorAssertionsToBeVisibleOptions { Timeout = 120_000 });
        await ExpectStateAsync("streaming");
    }

    /// <summary>Opens what made the newest answer and what it took, or closes it.</summary>
    public async Task ShowDetailsAsync()
    {
        await Answer.GetByTestId("answer-more").ClickAsync();
        await Answer.GetByTestId("inspect").ClickAsync();
    }

    /// <summary>
    /// Waits until the newest answer stays where it is: a press and a release on two sides of a scroll are no click.
    /// </summary>
    public Task ExpectRestAsync() => Page.EvaluateAsync(
        """
        async () => {
          const place = () => {
            const { top, bottom } =
                [...document.querySelectorAll('[data-testid=answer]')].at(-1).getBoundingClientRect();
            return `${top} ${bottom}`;
          };
          for (let same = 0, before = ''; same < 4;) {
            await new Promise(later => setTimeout(later, 60));
            const now = place();
            same = now === before ? same + 1 : 0;
            before = now;
          }
        }
        """);

    public Task ExpectStateAsync(string state, float seconds = 120)
        => Assertions.Expect(Answer).ToHaveAttributeAsync(
            "data-state", state, new LocatorAssertionsToHaveAttributeOptions { Timeout = seconds * 1000 });

    /// <summary>The newest answer's words and the dots on the photo, as they are at one moment.</summary>
    public Task<SeenAnswer> SeeAsync() => Page.EvaluateAsync<SeenAnswer>(
        """
        () => {
          const answer = [...document.querySelectorAll('[data-testid=answer]')].at(-1);
          const words = answer.querySelector('.words');
          return {
            state: answer.dataset.state,
            words: words?.innerText ?? '',
            points: [...document.querySelectorAll('[data-testid=point]')]
                .map(p => [p.dataset.group, p.dataset.n, p.dataset.x, p.dataset.y].join(' ')),
          };
        }
        """);

    /// <summary>No markup was ever shown, nothing failed in the browser, nobody else was asked for anything.</summary>
    public void ExpectNoTrouble(Func<string, bool>? except = null)
        => Assert.DoesNotContain(_troubles, trouble => except is null || !except(trouble));

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _over.Dispose();
        // Chromium, asked to close a window whose page is just being left, now and then keeps it for good and never
        // answers. All checks of the test are over by then, and the window goes with the browser.
        await Site.CloseAsync(Context.DisposeAsync().AsTask());
    }

    // What still waits for a page then fails, and its test with it, by name.
    private async Task EndAfterAsync(TimeSpan time)
    {
        try
        {
            await Task.Delay(time, _over.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        await Context.CloseAsync(new() { Reason = $"The visit did not end within {time.TotalMinutes} minutes." });
    }
}

/// <summary>What is seen of an answer.</summary>
public sealed class SeenAnswer
{
    public string State { get; set; } = "";

    public string Words { get; set; } = "";

    /// <summary>Group, number, x and y of each dot.</summary>
    public string[] Points { get; set; } = [];

    /// <summary>Percent of width and height of each dot.</summary>
    public IEnumerable<(double X, double Y)> Places
        => Points.Select(point => point.Split(' ')).Select(parts => (Number(parts[2]), Number(parts[3])));

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
