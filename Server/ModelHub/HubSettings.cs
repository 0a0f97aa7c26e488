namespace Molmo.Demo.Server.ModelHub;

/// <summary>
/// Where models come from and where they are kept, by the same environment variables as the Python client.
/// </summary>
/// <param name="Endpoint">Address of the Hub; <c>HF_ENDPOINT</c>.</param>
/// <param name="Cache">Folder of the cache; <c>HF_HUB_CACHE</c>, else <c>hub</c> below <c>HF_HOME</c>.</param>
/// <param name="Token">Access token; <c>HF_TOKEN</c>, else the file the Python client's login writes.</param>
/// <param name="Offline">Never ask the network; <c>HF_HUB_OFFLINE</c>.</param>
public sealed record HubSettings(Uri Endpoint, string Cache, string? Token, bool Offline)
{
    /// <summary>Reads the process's environment, or another in tests.</summary>
    public static HubSettings FromEnvironment(Func<string, string?>? read = null)
    {
        read ??= Environment.GetEnvironmentVariable;
        string? Value(string name) => read(name) is { } text && text.Trim() is { Length: > 0 } value ? value : null;

        var home = Value("HF_HOME") ?? Path.Combine(
            Value("XDG_CACHE_HOME")
                ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
            "huggingface");
        var cache = Value("HF_HUB_CACHE") ?? Value("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub");
        var endpoint = Value("HF_ENDPOINT")?.TrimEnd('/') ?? "https://huggingface.co";
        if (!Uri.TryCreate(endpoint + "/", UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https"))
            throw new ModelHubException($"HF_ENDPOINT is not an http or https address: {endpoint}.");
        var tokenFile = Value("HF_TOKEN_PATH") ?? Path.Combine(home, "token");
        var token = Value("HF_TOKEN") ?? Value("HUGGING_FACE_HUB_TOKEN")
            ?? (File.Exists(tokenFile) ? File.ReadAllText(tokenFile).Trim() : null);
        return new HubSettings(
            address, Path.GetFullPath(cache), string.IsNullOrEmpty(token) ? null : token,
            IsOn(Value("HF_HUB_OFFLINE")));
    }

    private static bool IsOn(string? value) => value?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";
}

/// <summary>A model cannot be fetched. The message is a sentence for the person.</summary>
public sealed class ModelHubException(string message, Exception? innerException = null)
    : Exception(message, innerException);
