using Molmo.Demo.Server.Web;
using static Molmo.Demo.Client.Localization.Texts;

namespace Molmo.Demo.Server.Sharing;

/// <summary>Asks for a link's passphrase: a plain form, because a link must be readable without script.</summary>
internal static class PassphraseForm
{
    /// <summary>The field's name.</summary>
    public const string Field = "passphrase";

    /// <param name="context">Answered.</param>
    /// <param name="id">The link; well formed.</param>
    /// <param name="status">Status code.</param>
    /// <param name="trouble">What went wrong with the last try, as a sentence; null before the first.</param>
    public static Task WriteAsync(HttpContext context, ShareId id, int status, string? trouble)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        // With "no-referrer" the browser would send its form as from nowhere, and it would be refused as another
        // site's.
        context.Response.Headers["Referrer-Policy"] = "same-origin";
        return context.Response.WriteAsync(Page(id, trouble), context.RequestAborted);
    }

    private static string Page(ShareId id, string? trouble) => PlainPage.Write(T("A passphrase is needed"), $"""
        <p>{PlainPage.Encode(T("Whoever gave you this link has one for you."))}</p>
        {(trouble is null ? "" : $"<p role=\"alert\" data-testid=\"error\">{PlainPage.Encode(trouble)}</p>")}
        <form method="post" action="/s/{id}/unlock">
        <label for="words">{PlainPage.Encode(T("Passphrase"))}</label>
        <input id="words" name="{Field}" type="password" required autofocus autocomplete="off"
          maxlength="{ShareLimits.LongestPassphrase}">
        <button>{PlainPage.Encode(T("Open"))}</button>
        </form>
        <p><a href="/">{PlainPage.Encode(T("Ask your own photo"))}</a></p>
        """);
}
