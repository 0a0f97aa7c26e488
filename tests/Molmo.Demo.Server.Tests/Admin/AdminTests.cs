using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Server.Web;
using Molmo.Demo.Server.Tests.Images;

namespace Molmo.Demo.Server.Tests.Admin;

/// <summary>
/// The page of who runs the server: there with a key only, shown to who has it, and plain HTML with forms.
/// </summary>
public sealed partial class AdminTests
{
    private const string Key = "correct horse battery";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Page_WithoutAKeyInTheSettings_DoesNotExist()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();

        using var page = await person.GetAsync("/admin", Cancellation);
        using var entry = await person.PostAsync(
            "/admin", new FormUrlEncodedContent([new("_handler", "enter"), new("Key", "")]), Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, page.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, entry.StatusCode);
        Assert.DoesNotContain(
            "dministration", await page.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public void Key_TooShort_DoesNotStart()
    {
        var configuration =
            new ConfigurationBuilder().AddInMemoryCollection([new("Molmo:AdminKey", "fifteen letters")]).Build();
        var refusal = Assert.Throws<StartupException>(
            () => OptionsReader.Read<MolmoOptions>(configuration, MolmoOptions.Section));
        Assert.Contains("AdminKey", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entry_WithTheKey_OpensForThisBrowserUntilItLeaves()
    {
        await using var app = Application();
        using var person = app.AsNewVisitor();
        using var other = app.AsNewVisitor();
        using var closed = await person.GetAsync("/admin", Cancellation);
        Assert.Equal(HttpStatusCode.OK, closed.StatusCode);
        Assert.DoesNotContain(
            "Storage", await closed.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);

        using var wrong = await SendAsync(person, "enter", ("Key", Key + "x"));
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Contains(
            "This is not the key.", await wrong.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.DoesNotContain(wrong.Headers.TryGetValues("Set-Cookie", out var none) ? none : [],
            cookie => cookie.StartsWith("molmo.", StringComparison.Ordinal));

        using var right = await SendAsync(person, "enter", ("Key", Key));
        Assert.Equal(HttpStatusCode.Found, right.StatusCode);
        Assert.EndsWith("/admin", right.Headers.Location!.ToString(), StringComparison.Ordinal);
        var cookie = Assert.Single(
            right.Headers.GetValues("Set-Cookie"), value => value.StartsWith("molmo.admin.", StringComparison.Ordinal));
        foreach (var rule in (string[])["path=/admin", "httponly", "samesite=strict", "max-age=28800"])
            Assert.Contains(rule, cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Key, cookie, StringComparison.Ordinal);

        Assert.Contains("Storage", await PageAsync(person), StringComparison.Ordinal);
        Assert.DoesNotContain("Storage", await PageAsync(other), StringComparison.Ordinal);
        using var leaving = await SendAsync(person, "leave");
        Assert.DoesNotContain("Storage", await PageAsync(person), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entry_OfAnOldKeyOrAForgedCookie_IsNone()
    {
        string data, cookie;
        await using (var before = new MolmoApplication(("Molmo:AdminKey", Key)) { KeepData = true })
        {
            data = before.Data;
            using var person = before.AsNewVisitor();
            using var right = await SendAsync(person, "enter", ("Key", Key));
            cookie = right.Headers.GetValues("Set-Cookie")
                .Single(value => value.StartsWith("molmo.admin.", StringComparison.Ordinal)).Split(';')[0];
        }
        var name = cookie.Split('=')[0];
        await using var app = new MolmoApplication(("Molmo:AdminKey", Key + "2")) { Data = data };
        using var again = app.CreateClient(new() { HandleCookies = false });
        foreach (var shown in (string[])[cookie, $"{name}=x", $"{name}={new string('A', 200)}"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/admin") { Headers = { { "Cookie", shown } } };
            using var response = await again.SendAsync(request, Cancellation);
            Assert.DoesNotContain(
                "Storage", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Entry_TriedTooOften_IsNotTriedAnyMore()
    {
        await using var app = Application();
        using var person = app.AsNewVisitor();
        for (var i = 0; i < AttemptLimit.Tries; i++)
        {
            using var wrong = await SendAsync(person, "enter", ("Key", $"{i}"));
            Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        }
        using var right = await SendAsync(person, "enter", ("Key", Key));
        Assert.Equal(HttpStatusCode.TooManyRequests, right.StatusCode);
        Assert.NotNull(right.Headers.RetryAfter);
        Assert.Contains("too often", await right.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.DoesNotContain("Storage", await PageAsync(person), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forms_WithoutSessionTokenOrOwnSite_ChangeNothing()
    {
        await using var app = Application();
        using var person = app.AsNewVisitor();
        using var stranger = await SendAsync(person, "intake", ("Take", "no"));
        Assert.Equal(HttpStatusCode.SeeOther, stranger.StatusCode);
        Assert.Equal("/admin", stranger.Headers.Location!.ToString());

        await OpenAsync(person);
        using var bare = await person.PostAsync(
            "/admin", new FormUrlEncodedContent([new("_handler", "intake"), new("Take", "no")]), Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, bare.StatusCode);
        using var foreign = await SendAsync(person, "intake", [("Take", "no")], "https://evil.example");
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);
        Assert.Contains("New questions are taken.", await PageAsync(person), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_Open_IsLabelledNotIndexedNotKeptAndShowsNobodysWords()
    {
        await using var app = Application();
        using var maker = app.AsNewVisitor();
        var link = await ShareAsync(app, maker);
        using var person = app.AsNewVisitor();
        await OpenAsync(person);

        using var response = await person.GetAsync("/admin", Cancellation);
        var html = await response.Content.ReadAsStringAsync(Cancellation);
        var main =
            html[html.IndexOf("<main", StringComparison.Ordinal)..html.IndexOf("</main>", StringComparison.Ordinal)];

        Assert.Contains("noindex", Assert.Single(response.Headers.GetValues("X-Robots-Tag")), StringComparison.Ordinal);
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.DoesNotContain(response.Headers.TryGetValues("Set-Cookie", out var set) ? set : [],
            cookie => cookie.StartsWith("molmo.visitor", StringComparison.Ordinal));
        Assert.Contains(link, main, StringComparison.Ordinal);
        Assert.DoesNotContain("a private", main, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", main, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", main, StringComparison.Ordinal);
        Assert.DoesNotContain("blazor:", main, StringComparison.OrdinalIgnoreCase);
        Assert.Single(Regex.Matches(main, "<h1"));
        Assert.Equal(6, Regex.Count(main, "<h2 [^>]*id=\"([a-z-]+)\""));
        foreach (Match section in Regex.Matches(main, "<section [^>]*aria-labelledby=\"([a-z-]+)\""))
            Assert.Contains($"id=\"{section.Groups[1].Value}\"", main, StringComparison.Ordinal);
        Assert.Equal(5, Regex.Count(main, "<th scope=\"col\""));
        Assert.Equal(1, Regex.Count(main, "<th scope=\"row\""));
        Assert.Contains($"aria-label=\"Delete link {link}\"", main, StringComparison.Ordinal);

        using var another = app.AsNewVisitor();
        var form = await PageAsync(another);
        Assert.Contains("<label for=\"key\"", form, StringComparison.Ordinal);
        Assert.Matches("<input id=\"key\"[^>]*type=\"password\"", form);
    }

    [Fact]
    public async Task Page_AfterQuestions_SaysWhatIsKeptForLaterOnes()
    {
        await using var app = Application();
        var visitor = VisitorId.New();
        var chat = app.Services.GetRequiredService<IChatService>();
        var image = await app.Store.TakeSampleAsync(visitor, app.Store.Samples[0].File, Cancellation);
        for (var i = 0; i < 2; i++)
        {
            var id = await chat.StartAsync(visitor, new Question(
                ConversationId.New(), "How many?", image!.Id, SamplingChoice.Greedy), Cancellation);
            await foreach (var _ in chat.ReadAsync(visitor, id, 1, Cancellation)) { }
        }

        using var person = app.AsNewVisitor();
        await OpenAsync(person);
        var html = await PageAsync(person);
        Assert.Matches("^[1-9][0-9]* of [1-9][0-9]*$", Value("Memory blocks kept"));
        Assert.Matches("^[1-9][0-9]? %$", Value("Share of prompts found there"));
        Assert.Matches("^[1-9]$", Value("Photos kept"));
        Assert.Matches(@"^0\.0[1-9] MB$", Value("Memory of these photos"));

        string Value(string name) => Regex.Match(html, $"<dt[^>]*>{name}</dt><dd[^>]*>([^<]*)<").Groups[1].Value;
    }

    [Slow]
    [Theory]
    [InlineData("de", "ltr", "Neue Fragen werden angenommen.", "Antworten gleichzeitig")]
    [InlineData("es", "ltr", "Se aceptan preguntas nuevas.", "Carpeta de datos")]
    [InlineData("ar", "rtl", "تُقبل الأسئلة الجديدة.", "مجلد البيانات")]
    public async Task Page_OfAReader_SpeaksTheirLanguage(string language, string direction, string first, string second)
    {
        await using var app = Application();
        using var person = app.AsNewVisitor();
        person.DefaultRequestHeaders.Add("Accept-Language", language);
        await OpenAsync(person);
        var html = WebUtility.HtmlDecode(await PageAsync(person));
        Assert.Contains($"dir=\"{direction}\"", html, StringComparison.Ordinal);
        Assert.Contains(first, html, StringComparison.Ordinal);
        Assert.Contains(second, html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Link_Withdrawn_IsGoneForItsReadersWithItsBytes()
    {
        await using var app = Application();
        using var maker = app.AsNewVisitor();
        var link = await ShareAsync(app, maker);
        var other = await ShareAsync(app, maker);
        using var person = app.AsNewVisitor();
        await OpenAsync(person);

        using var done = await SendAsync(person, "revoke", ("Link", link));
        using var unknown = await SendAsync(person, "revoke", ("Link", "../x"));

        Assert.Equal(HttpStatusCode.Found, done.StatusCode);
        Assert.Equal(HttpStatusCode.Found, unknown.StatusCode);
        using var gone = await maker.GetAsync($"/s/{link}", Cancellation);
        Assert.Equal(HttpStatusCode.Gone, gone.StatusCode);
        using var still = await maker.GetAsync($"/s/{other}", Cancellation);
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
        Assert.DoesNotContain(link, await PageAsync(person), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Questions_NotTaken_AreRefusedWithASentenceAndATime()
    {
        await using var app = Application();
        using var person = app.AsNewVisitor();
        await OpenAsync(person);
        var chat = app.Services.GetRequiredService<IChatService>();
        Task<GenerationId> AskAsync() => chat.StartAsync(VisitorId.New(),
            new Question(ConversationId.New(), "How many?", null, SamplingChoice.Greedy), Cancellation);

        using var off = await SendAsync(person, "intake", ("Take", "no"));
        Assert.Equal(HttpStatusCode.Found, off.StatusCode);
        Assert.Contains("No new questions are taken.", await PageAsync(person), StringComparison.Ordinal);

        var refusal = await Assert.ThrowsAsync<ChatRefusedException>(AskAsync);
        Assert.Equal(new IntakeClosed(), refusal.Fact);
        using var program = await app.AsNewVisitor().PostAsJsonAsync("/v1/chat/completions",
            new { messages = new[] { new { role = "user", content = "Hello" } } }, Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, program.StatusCode);
        Assert.Equal(TimeSpan.FromMinutes(5), program.Headers.RetryAfter!.Delta);
        Assert.Contains(
            "takes no new questions", await program.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);

        using var on = await SendAsync(person, "intake", ("Take", "yes"));
        Assert.Contains("New questions are taken.", await PageAsync(person), StringComparison.Ordinal);
        Assert.NotEqual(default, await AskAsync());
    }

    private static MolmoApplication Application() => new(("Molmo:AdminKey", Key));

    private static async Task<string> ShareAsync(MolmoApplication app, HttpClient maker)
    {
        var image = (await maker.UploadAsync(Rasters.Png())).Text("id");
        return await maker.ShareAsync(
            app.Seed(app.OwnerOf(image), ("a private question", "a private answer", image, EndReason.Finished)));
    }

    private static async Task OpenAsync(HttpClient person)
    {
        using var entry = await SendAsync(person, "enter", ("Key", Key));
        Assert.Equal(HttpStatusCode.Found, entry.StatusCode);
    }

    private static Task<string> PageAsync(HttpClient person) => person.GetStringAsync("/admin", Cancellation);

    private static Task<HttpResponseMessage> SendAsync(
        HttpClient person, string form, params (string Name, string Value)[] fields)
        => SendAsync(person, form, fields, "http://localhost");

    /// <summary>Sends a form as a browser without scripts does: with the token of the page it stands on.</summary>
    private static async Task<HttpResponseMessage> SendAsync(
        HttpClient person, string form, (string Name, string Value)[] fields, string origin)
    {
        var token = Token().Match(await PageAsync(person)).Groups[1].Value;
        Assert.NotEmpty(token);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin")
        {
            Content = new FormUrlEncodedContent([new("_handler", form), new("__RequestVerificationToken", token),
                .. fields.Select(field => KeyValuePair.Create(field.Name, field.Value))]),
        };
        request.Headers.Add("Origin", origin);
        return await person.SendAsync(request, Cancellation);
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
