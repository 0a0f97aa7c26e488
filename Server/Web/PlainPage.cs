using System.Net;
using static Molmo.Demo.Client.Localization.Texts;

namespace Molmo.Demo.Server.Web;

/// <summary>
/// A page that stands on its own, in the look of the others, for one reader: it comes in that reader's language and
/// needs no script and no other file, because it is also shown when those are what is wrong.
/// </summary>
internal static class PlainPage
{
    /// <param name="title">Its heading, as text.</param>
    /// <param name="content">What stands below it, as HTML: every text in it is encoded.</param>
    /// <param name="isFrame">Whether it is shown in a frame, which may load nothing.</param>
    public static string Write(string title, string content, bool isFrame = false) => $$"""
        <!DOCTYPE html>
        <html lang="{{Current.Code}}" dir="{{Current.Direction}}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex">
        <title>{{Encode(title)}} · Molmo</title>
        <style>
        {{(isFrame ? "" : Font)}}:root{color-scheme:light dark;--ink:light-dark(#1d1a24,#f4f1f8);
          --paper:light-dark(#f8f6f2,#131118)}
        *{box-sizing:border-box}
        body{font:106.25%/1.5 "Funnel Sans",system-ui,sans-serif;max-width:34rem;margin:0 auto;
          padding:1.25rem 1.5rem 3rem;background:var(--paper);color:var(--ink)}
        .brand{display:inline-flex;align-items:center;gap:10px;min-height:44px;margin-block-end:12vh;color:inherit;
          font:700 1.25rem/1 "Funnel Display",system-ui,sans-serif;text-decoration:none}
        .brand i{width:17px;height:17px;border-radius:50%;background:#fb3f97;border:2.5px solid #fff;
          box-shadow:0 0 0 1.5px rgb(15 12 20/.82)}
        h1{margin:0 0 .75rem;font:650 2.25rem/1.12 "Funnel Display",system-ui,sans-serif;text-wrap:balance}
        :not(:lang(ar))>h1{letter-spacing:-.025em}
        p{margin:0 0 1rem}
        form{display:grid;gap:.75rem;margin-block:1.5rem}
        label{font-weight:600}
        input,button,.button{font:inherit;min-height:46px;border-radius:14px;padding:0 1rem}
        input{border:1.5px solid light-dark(#8a8375,#857e94);background:light-dark(#fff,#1c1924);color:inherit}
        button,.button{display:inline-flex;align-items:center;justify-content:center;width:fit-content;border:0;
          border-radius:999px;padding:0 1.25rem;background:var(--ink);color:light-dark(#faf8f5,#17141d);
          font-weight:600;text-decoration:none;cursor:pointer}
        :focus-visible{outline:2.5px solid var(--ink);outline-offset:2px}
        [role=alert]{color:light-dark(#b9222b,#ff9089)}
        @media (forced-colors:active){button,.button{border:1px solid} }
        </style>
        </head>
        <body>
        <header><a class="brand" href="/"{{(isFrame ? " target=\"_blank\"" : "")}}><i></i>Molmo</a></header>
        <main>
        <h1>{{Encode(title)}}</h1>
        {{content}}
        </main>
        </body>
        </html>
        """;

    /// <summary>A text within HTML.</summary>
    public static string Encode(string words) => WebUtility.HtmlEncode(words);

    private const string Font = """
        @font-face{font-family:"Funnel Display";font-weight:300 800;src:url(/fonts/funnel-display-latin.woff2)}
        @font-face{font-family:"Funnel Sans";font-weight:300 800;src:url(/fonts/funnel-sans-latin.woff2)}

        """;
}
