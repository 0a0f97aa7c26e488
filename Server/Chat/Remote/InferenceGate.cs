using System.Security.Cryptography;
using Molmo.Demo.Server.Web;

namespace Molmo.Demo.Server.Chat.Remote;

/// <summary>
/// Lets only the web machine talk to an inference machine: by the shared key, or without one from this machine only.
/// </summary>
internal static class InferenceGate
{
    public static void UseInferenceGate(this IApplicationBuilder app, MolmoOptions options)
        => app.Use((context, next) => !IsPublic(context) && Refusal(context, options.Key) is { } refusal
            ? refusal.ExecuteAsync(context) : next(context));

    /// <summary>Supervisors ask after its health without a key.</summary>
    private static bool IsPublic(HttpContext context)
        => context.GetEndpoint()?.Metadata.GetMetadata<PublicEndpoint>() is not null;

    private static Problem? Refusal(HttpContext context, string? key)
    {
        if (key is null)
        {
            if (IsLocal(context)) return null;
            return new Problem(StatusCodes.Status403Forbidden, new KeyNotSet());
        }
        // Browsers cannot set headers on a WebSocket; SignalR's clients then put the token into the query.
        var shown = context.Request.Headers[RemoteLink.KeyHeader] is [{ } header] ? header
            : (string?)context.Request.Query["access_token"];
        if (shown is not null && AreEqual(shown, key)) return null;
        return new Problem(StatusCodes.Status401Unauthorized, new KeyWrong(RemoteLink.KeyHeader));
    }

    /// <summary>
    /// A page of another origin in a browser here, and a proxy here that speaks for others, are not local.
    /// </summary>
    private static bool IsLocal(HttpContext context)
        => ClientAddress.IsThisMachine(context) && !context.Request.Headers.ContainsKey("Origin");

    // Hashed first: the comparison then takes the same time for every length too.
    private static bool AreEqual(string shown, string key)
        => CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(shown)), SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
