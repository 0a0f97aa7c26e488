using System.Net.Http.Json;

namespace Molmo.Demo.Lab.Judging;

/// <summary>A judge behind a chat API of OpenAI's form.</summary>
internal sealed class OpenAiJudge : IJudge, IDisposable
{
    private const int MostOfABody = 200;

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(5) };
    private readonly Uri _address;
    private readonly string _model;

    /// <param name="address">Of the API, such as http://localhost:8000/v1.</param>
    /// <param name="model">Its name there.</param>
    /// <param name="key">Sent as bearer; null for none.</param>
    /// <exception cref="CommandException">The address is none of http or https.</exception>
    public OpenAiJudge(string address, string model, string? key)
    {
        if (!Uri.TryCreate($"{address.TrimEnd('/')}/chat/completions", UriKind.Absolute, out var uri)
            || uri.Scheme is not ("http" or "https"))
            throw new CommandException($"--judge is an address like http://localhost:8000/v1; {address} is none.");
        (_address, _model) = (uri, model);
        if (!string.IsNullOrEmpty(key)) _http.DefaultRequestHeaders.Authorization = new("Bearer", key);
    }

    public async Task<string> AskAsync(JudgeRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var asked = new
            {
                model = _model,
                messages = new[]
                {
                    new { role = "system", content = request.System },
                    new { role = "user", content = request.User },
                },
                temperature = 0,
            };
            using var response = await _http.PostAsJsonAsync(_address, asked, cancellationToken);
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            if (!response.IsSuccessStatusCode)
                throw new CommandException($"The judge at {_address} answered {(int)response.StatusCode}: "
                    + $"{Beginning(body)} Check --judge, --judge-model and {JudgeOptions.KeyVariable}.");
            return ReplyIn(body);
        }
        catch (HttpRequestException e)
        {
            throw new CommandException(
                $"The judge at {_address} cannot be reached: {e.Message} Check --judge.", e);
        }
        catch (TaskCanceledException e) when (e.InnerException is TimeoutException)
        {
            throw new CommandException(
                $"The judge at {_address} did not answer within {_http.Timeout.TotalMinutes} minutes.", e);
        }
    }

    public void Dispose() => _http.Dispose();

    private string ReplyIn(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()
                ?? "";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException
            or IndexOutOfRangeException)
        {
            throw new CommandException(
                $"What {_address} answers is not of OpenAI's form: {Beginning(body)} Check --judge.", e);
        }
    }

    private static string Beginning(string body)
    {
        var line = string.Join(' ', body.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= MostOfABody ? line : $"{line[..MostOfABody]}...";
    }
}
