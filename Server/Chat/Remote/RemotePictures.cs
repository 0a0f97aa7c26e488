using System.Net;
using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Server.Chat.Remote;

/// <summary>Sends pictures to the inference machine, each once.</summary>
/// <param name="http">Its base address is the inference machine; carries the key.</param>
/// <param name="open">The stored bytes of a picture by content hash; null where gone.</param>
internal sealed class RemotePictures(HttpClient http, Func<string, Stream?> open)
{
    private const int Attempts = 5;

    public async Task EnsureAsync(string hash, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await SendAsync($"api/pictures/{hash}", hash, cancellationToken);
                return;
            }
            catch (HttpRequestException) when (attempt < Attempts)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200 << attempt), cancellationToken);
            }
            catch (HttpRequestException)
            {
                throw new ChatRefusedException(ChatFault.Unavailable,
                    "The photo could not be sent to the machine that writes the answers. Your question is kept; please try again.");
            }
        }
    }

    private async Task SendAsync(string path, string hash, CancellationToken cancellationToken)
    {
        using var question = new HttpRequestMessage(HttpMethod.Head, path);
        using var head = await http.SendAsync(question, cancellationToken);
        if (head.IsSuccessStatusCode) return;
        if (head.StatusCode != HttpStatusCode.NotFound) throw Refused();
        await using var bytes = open(hash) ?? throw QuestionRules.UnknownPicture();
        using var content = new StreamContent(bytes);
        using var put = await http.PutAsync(path, content, cancellationToken);
        if (!put.IsSuccessStatusCode) throw Refused();
    }

    private static ChatRefusedException Refused() => new(ChatFault.Unavailable,
        "The machine that writes the answers did not take the photo. Your question is kept; please try again, or use another photo.");
}
