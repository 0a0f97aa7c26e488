using System.Net;
using System.Net.Http.Json;
using Molmo.Demo.Server.Tests.Chat;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Sharing;

/// <summary>Passphrases against the program as it is started, whose cultures are not those of a test host.</summary>
[Slow]
public sealed class PassphraseProcessTests
{
    private const string Words = "Öffne dich, Sésame";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Unlock_WordsInAnotherFormOfUnicode_OpensTheLink()
    {
        using var folder = new TemporaryFolder();
        await using var program = new ProgramProcess("--urls", "http://127.0.0.1:0", "--data", folder.Path);
        var address = await program.UntilListeningAsync();
        var person = new CookieContainer();
        await using var hub = await Loopback.ConnectAsync(address, person);
        var (answer, conversation) = await hub.StartAsync(new { text = "How many?" });
        await hub.ReadAsync(answer);
        using var owner = new HttpClient(new HttpClientHandler { CookieContainer = person }) { BaseAddress = address };

        // As a Mac types it, and as a phone does.
        var passphrase = Words.Normalize(NormalizationForm.FormD);
        Assert.NotEqual(Words, passphrase);
        using var created = await owner.PostAsJsonAsync("/api/shares", new { conversation, passphrase }, Cancellation);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        var id = (await created.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("id").GetString();

        using var friend =
            new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = address };
        using var wrong = await TryAsync(friend, id!, "Offne dich, Sesame");
        using var right = await TryAsync(friend, id!, Words);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.SeeOther), (wrong.StatusCode, right.StatusCode));
    }

    private static async Task<HttpResponseMessage> TryAsync(HttpClient reader, string id, string words)
    {
        using var form = new FormUrlEncodedContent([new("passphrase", words)]);
        return await reader.PostAsync($"/s/{id}/unlock", form, Cancellation);
    }
}
