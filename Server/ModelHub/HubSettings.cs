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
    /// <summary>How long the Hub is waited for.</summary>
    public HubLimits Limits { get; init; } = HubLimits.Default;

    /// <summary>Reads the process's environment, or another in tests.</summary>
    /// <exception cref="ModelHubException">A value is not valid; the message names the variable.</exception>
    public static HubSettings FromEnvironment(Func<string, string?>? read = null)
    {
        read ??= Environment.GetEnvironmentVariable;
        var paths = new EnvironmentPath(read);
        string? Value(string name) => read(name) is { } text && text.Trim() is { Length: > 0 } value ? value : null;
        string? Folder(string name) => Value(name) is { } path ? paths.Expand(path) : null;

        var home = Folder("HF_HOME") ?? Path.Combine(
            Folder("XDG_CACHE_HOME") ?? Path.Combine(paths.Home, ".cache"), "huggingface");
        var cache = Folder("HF_HUB_CACHE") ?? Folder("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub");
        var endpoint = paths.ExpandVariables(Value("HF_ENDPOINT") ?? "https://huggingface.co").TrimEnd('/');
        if (!Uri.TryCreate(endpoint + "/", UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https"))
            throw new ModelHubException($"HF_ENDPOINT is not an http or https address: {endpoint}.");
        var token = Value("HF_TOKEN") ?? Value("HUGGING_FACE_HUB_TOKEN")
            ?? ReadToken(Folder("HF_TOKEN_PATH") ?? Path.Combine(home, "token"));
        // It becomes a header, which holds nothing else.
        if (token?.All(sign => char.IsBetween(sign, '!', '~')) == false)
            throw new ModelHubException("The access token in HF_TOKEN, or in the token file of HF_HOME, holds spaces "
                + "or signs that no token has. Give the token alone.");
        return new HubSettings(
            address, Path.GetFullPath(cache), token, IsOn(Value("HF_HUB_OFFLINE") ?? Value("TRANSFORMERS_OFFLINE")));
    }

    private static string? ReadToken(string file)
    {
        try
        {
            return File.Exists(file) && File.ReadAllText(file).Trim() is { Length: > 0 } token ? token : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelHubException(
                $"The access token in {file} cannot be read: {e.Message.TrimEnd('.')}. Set HF_TOKEN, or HF_TOKEN_PATH "
                    + "to another file.",
                e);
        }
    }

    // As huggingface_hub reads it, in capitals or not.
    private static bool IsOn(string? value) => value?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";
}

/// <summary>A model cannot be fetched. The message is a sentence for the person.</summary>
public sealed class ModelHubException(string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>Whether the Hub was not reached, so that what the cache has may take its place.</summary>
    public bool IsUnreachable => InnerException is HubFailure;
}
