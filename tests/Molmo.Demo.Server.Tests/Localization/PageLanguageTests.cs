using System.Net;
using System.Net.Http.Json;
using Molmo.Demo.Server.Sharing.Exports;
using Molmo.Demo.Server.Tests.Sharing;

namespace Molmo.Demo.Server.Tests.Localization;

/// <summary>
/// What the server itself shows to people speaks their language; what it says to programs is English.
/// </summary>
public sealed class PageLanguageTests
{
    private const string Pointing = " Counting the <points x1=\"20.0\" y1=\"50.0\" x2=\"80.0\" y2=\"50.0\" "
        + "alt=\"penguins\">penguins</points> shows a total of 2.";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Slow]
    [Theory]
    [InlineData("en", "ltr", "There is nothing at this address, or not for you.")]
    [InlineData("de", "ltr", "Unter dieser Adresse gibt es nichts, oder nichts für dich.")]
    [InlineData("es", "ltr", "En esta dirección no hay nada, o no es para ti.")]
    [InlineData("ar", "rtl", "لا يوجد شيء في هذا العنوان، أو ليس لك.")]
    public async Task Unknown_AskedByABrowser_IsAPageInItsLanguage(string language, string direction, string expected)
    {
        await using var app = new MolmoApplication();
        using var person = Speaking(app.AsNewVisitor(), language);
        person.DefaultRequestHeaders.Add("Accept", "text/html");

        using var response = await person.GetAsync("/no/such/page", Cancellation);
        var html = WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync(Cancellation));

        Assert.Contains($"<html lang=\"{language}\" dir=\"{direction}\">", html, StringComparison.Ordinal);
        Assert.Contains(expected, html, StringComparison.Ordinal);
        Assert.Equal(["Accept-Language", "Cookie"], response.Headers.Vary.Order());
    }

    [Fact]
    public async Task Choice_OfALanguage_IsKeptAndLeadsBackAndWithoutAFormIsRefused()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();

        using var chosen = await ChooseAsync(Form(("to", "de"), ("back", "/gallery?page=2")));
        using var foreign = await ChooseAsync(Form(("to", "es"), ("back", "//elsewhere.example")));
        using var unknown = await ChooseAsync(Form(("to", "xx")));
        using var nothing = await ChooseAsync(Form(("back", "/")));
        using var twice = await ChooseAsync(Form(("to", "de"), ("to", "es")));
        using var text = await ChooseAsync(new StringContent("to=de"));

        Assert.Equal((303, "/gallery?page=2", true), SeenOf(chosen));
        Assert.Equal((303, "/", true), SeenOf(foreign));
        Assert.Equal((303, "/", false), SeenOf(unknown));
        Assert.Equal([400, 400, 415], [StatusOf(nothing), StatusOf(twice), StatusOf(text)]);

        Task<HttpResponseMessage> ChooseAsync(HttpContent content)
            => person.PostAsync(new Uri("/language", UriKind.Relative), content, TestContext.Current.CancellationToken);

        static FormUrlEncodedContent Form(params (string Key, string Value)[] fields)
            => new(fields.Select(field => KeyValuePair.Create(field.Key, field.Value)));

        static (int, string?, bool) SeenOf(HttpResponseMessage reply)
            => (StatusOf(reply), reply.Headers.Location?.ToString(), CookiesOf(reply).Any(
                cookie => cookie.StartsWith(".AspNetCore.Culture=", StringComparison.Ordinal)));

        static IEnumerable<string> CookiesOf(HttpResponseMessage reply)
            => reply.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : [];

        static int StatusOf(HttpResponseMessage reply) => (int)reply.StatusCode;
    }

    [Fact]
    public async Task Refusal_OfTheSite_IsInTheLanguageOfThePageAndOfProgramsInEnglish()
    {
        await using var app = new MolmoApplication();
        using var person = Speaking(app.AsNewVisitor(), "es");

        using var upload = await person.PostImageAsync([]);
        Assert.Equal("El archivo está vacío. No se guardó nada.", await upload.RefusalAsync());
        using var share = await person.PostAsJsonAsync("/api/shares", new { conversation = "none" }, Cancellation);
        Assert.Equal("No existe esa conversación para compartir.", await share.RefusalAsync());

        using var described = await person.GetAsync("/oembed?url=nonsense", Cancellation);
        Assert.Equal("There is nothing at this address, or not for you.", await described.RefusalAsync());
        using var program = await person.PostAsJsonAsync("/v1/count", new { }, Cancellation);
        Assert.DoesNotMatch(@"[^\x00-\x7f]", await program.Content.ReadAsStringAsync(Cancellation));
        Assert.False(program.Headers.Contains("Vary"));
    }

    [Fact]
    public async Task Link_ClosedOrOver_SaysSoInTheLanguageOfItsReader()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var friend =
            Speaking(app.CreateClient(new() { HandleCookies = false, AllowAutoRedirect = false }), "de-AT");
        var image = (await person.UploadSampleAsync()).Text("id");
        var conversation = app.Seed(app.OwnerOf(image), ("How many penguins?", Pointing, image, EndReason.Finished));
        using var made =
            await person.PostAsJsonAsync("/api/shares", new { conversation, passphrase = "four words" }, Cancellation);
        var id = (await made.JsonAsync()).Text("id");

        using var locked = await friend.GetAsync($"/s/{id}", Cancellation);
        var form = WebUtility.HtmlDecode(await locked.Content.ReadAsStringAsync(Cancellation));
        Assert.Contains("<html lang=\"de\" dir=\"ltr\">", form, StringComparison.Ordinal);
        Assert.Contains("<label for=\"words\">Kennwort</label>", form, StringComparison.Ordinal);
        using var wrong = await friend.PostAsync(
            $"/s/{id}/unlock", new FormUrlEncodedContent([new("passphrase", "no words")]), Cancellation);
        Assert.Contains("Falsches Kennwort.",
            WebUtility.HtmlDecode(await wrong.Content.ReadAsStringAsync(Cancellation)), StringComparison.Ordinal);

        using var revoked = await person.DeleteAsync($"/api/shares/{id}", Cancellation);
        using var gone = await friend.GetAsync($"/s/{id}", Cancellation);
        Assert.Contains("Dieser Link wurde gelöscht.",
            WebUtility.HtmlDecode(await gone.Content.ReadAsStringAsync(Cancellation)), StringComparison.Ordinal);
        Assert.Equal("no-store", gone.Headers.CacheControl?.ToString());
    }

    [Fact]
    public async Task Export_ForPeople_SpeaksTheLanguageAndForProgramsDoesNot()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var friend = app.CreateClient(new() { HandleCookies = false });
        using var arab = Speaking(app.CreateClient(new() { HandleCookies = false }), "ar");
        var image = (await person.UploadSampleAsync()).Text("id");
        var id = await person.ShareAsync(
            app.Seed(app.OwnerOf(image), ("How many penguins?", Pointing, image, EndReason.Stopped)));

        foreach (var format in ExportWriter.Formats.Where(format => format is not ("html" or "md" or "svg")))
            Assert.Equal(await friend.GetByteArrayAsync($"/s/{id}.{format}", Cancellation),
                await arab.GetByteArrayAsync($"/s/{id}.{format}", Cancellation));
        Assert.Contains(" من 2", await arab.GetStringAsync($"/s/{id}.svg", Cancellation), StringComparison.Ordinal);
        using var markdown = await arab.GetAsync($"/s/{id}.md", Cancellation);
        Assert.Contains("![الصورة](", await markdown.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(["Accept-Language", "Cookie"], markdown.Headers.Vary.Order());
        foreach (var address in new[] { $"/s/{id}.html", $"/embed/{id}" })
        {
            var (english, arabic) =
                (await friend.GetStringAsync(address, Cancellation), await arab.GetStringAsync(address, Cancellation));
            Assert.Contains("<html lang=\"en\" dir=\"ltr\">", english, StringComparison.Ordinal);
            Assert.Contains("Stopped here by the one who asked.", english, StringComparison.Ordinal);
            Assert.Contains("<html lang=\"ar\" dir=\"rtl\">", arabic, StringComparison.Ordinal);
            Assert.Contains("أوقفها السائل هنا.", arabic, StringComparison.Ordinal);
            Assert.Contains("<main data-place=\"{0} من {1}\">", arabic, StringComparison.Ordinal);
            // The words of the answer are the model's.
            Assert.Contains("shows a total of 2.", arabic, StringComparison.Ordinal);
            Assert.Equal(ScriptOf(english), ScriptOf(arabic));
        }
    }

    [Fact]
    public void Page_WithACheckInAnyLanguage_HasItsMarks()
    {
        var export = Exported.Of("https://molmo.example/s/x", [new(
            "How many boats?", Exported.Pointing, EndReason.Finished, 1, 800, 600, Conversations.Stamp,
            Audit: Shared.Audits.Audit.Empty.Judge(0, 1, Shared.Audits.DotVerdict.Right)
                .Judge(0, 2, Shared.Audits.DotVerdict.Wrong).AddMissed(0, 5, 5))]);
        var html = Localization.Speaking.In("de", () => Encoding.UTF8.GetString(
            AnswerPage.WriteFile(export, new Dictionary<int, string> { [1] = "data:image/png;base64,AAAA" })));

        Assert.Contains("<i class=\"right\" role=\"img\" aria-label=\"richtig: ", html, StringComparison.Ordinal);
        Assert.Contains("<i class=\"wrong\" role=\"img\" aria-label=\"falsch: ", html, StringComparison.Ordinal);
        Assert.Contains("<i class=\"missed\" role=\"img\" aria-label=\"übersehen: ", html, StringComparison.Ordinal);
        Assert.Contains("21. November 2026</time>", html, StringComparison.Ordinal);
    }

    private static HttpClient Speaking(HttpClient client, string language)
    {
        client.DefaultRequestHeaders.Add("Accept-Language", $"{language},en;q=0.5");
        return client;
    }

    private static string ScriptOf(string html)
        => Regex.Match(html, "<script>.*</script>", RegexOptions.Singleline).Value;
}
