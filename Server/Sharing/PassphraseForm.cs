using System.Net;
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

    private static string Page(ShareId id, string? trouble) => $$"""
        <!DOCTYPE html>
        <html lang="{{Current.Code}}" dir="{{Current.Direction}}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex">
        <title>{{Encode(T("A passphrase is needed"))}} · Molmo</title>
        <style>
        :root{color-scheme:light dark}
        body{font:17px/1.5 system-ui,sans-serif;max-width:26rem;margin:16vh auto 0;padding:0 1.5rem;
          color:light-dark(#1d1a24,#f3f0f7);background:light-dark(#faf8f5,#141219)}
        h1{font-size:1.5rem;line-height:1.3}
        form{display:grid;gap:.75rem;margin-block:1.5rem}
        label{font-weight:600}
        input,button{font:inherit;min-height:44px;border-radius:14px;padding:0 1rem}
        input{border:1.5px solid light-dark(#8d8577,#8a8399);background:light-dark(#fff,#1d1a24);color:inherit}
        button{border:0;border-radius:999px;font-weight:600;cursor:pointer;
          background:light-dark(#c8106a,#ff7bb9);color:light-dark(#fff,#26050f)}
        :focus-visible{outline:3px solid light-dark(#c8106a,#ff7bb9);outline-offset:2px}
        [role=alert]{padding:.5rem .75rem;border-inline-start:3px solid;border-radius:8px;
          background:light-dark(#fdf0d4,#352607);color:light-dark(#8a5a00,#f2c063)}
        a{color:inherit}
        </style>
        </head>
        <body>
        <h1>{{Encode(T("A passphrase is needed"))}}</h1>
        <p>{{Encode(T("Whoever gave you this link has one for you."))}}</p>
        {{(trouble is null ? "" : $"<p role=\"alert\" data-testid=\"error\">{Encode(trouble)}</p>")}}
        <form method="post" action="/s/{{id}}/unlock">
        <label for="words">{{Encode(T("Passphrase"))}}</label>
        <input id="words" name="{{Field}}" type="password" required autofocus autocomplete="off"
          maxlength="{{ShareLimits.LongestPassphrase}}">
        <button>{{Encode(T("Open"))}}</button>
        </form>
        <p><a href="/">{{Encode(T("Ask about a picture of your own"))}}</a></p>
        </body>
        </html>
        """;

    private static string Encode(string words) => WebUtility.HtmlEncode(words);
}
