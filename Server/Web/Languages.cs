using Microsoft.AspNetCore.Localization;
using Molmo.Demo.Client.Localization;
using HeaderNames = Microsoft.Net.Http.Headers.HeaderNames;
using StringWithQualityHeaderValue = Microsoft.Net.Http.Headers.StringWithQualityHeaderValue;

namespace Molmo.Demo.Server.Web;

/// <summary>
/// The language of a page: what the visitor chose, else the first that the browser asks for and the pages speak. Only
/// words follow it; the culture for numbers and dates stays invariant, so that no language changes what is parsed,
/// stored or drawn. Programs are answered in English, whatever their requests say.
/// </summary>
internal sealed class Languages : IModule
{
    public void Map(WebApplication app, MolmoOptions options)
    {
        app.Use((context, next) =>
        {
            context.Response.OnStarting(static state => SayWhatWordsFollow((HttpResponse)state), context.Response);
            return next(context);
        });
        app.UseRequestLocalization(Options);
        app.MapPost("/language", ChooseAsync);   // refused from other sites by SameOrigin
    }

    private static RequestLocalizationOptions Options => new()
    {
        DefaultRequestCulture = new RequestCulture(
            CultureInfo.InvariantCulture, CultureInfo.GetCultureInfo(Language.English.Code)),
        SupportedCultures = [CultureInfo.InvariantCulture],
        SupportedUICultures = [.. Language.All.Select(language => CultureInfo.GetCultureInfo(language.Code))],
        RequestCultureProviders = [new CustomRequestCultureProvider(OfRequest)],
    };

    private static async Task<IResult> ChooseAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (!context.Request.HasFormContentType) return Results.StatusCode(StatusCodes.Status415UnsupportedMediaType);
        var form = await context.Request.ReadFormAsync(cancellationToken);
        if (form["to"] is not [{ } to]) return Results.StatusCode(StatusCodes.Status400BadRequest);
        var back = form["back"].ToString();
        if (Language.Find(to) is { } language)
        {
            var culture = new RequestCulture(CultureInfo.InvariantCulture, CultureInfo.GetCultureInfo(language.Code));
            context.Response.Cookies.Append(
                CookieRequestCultureProvider.DefaultCookieName, CookieRequestCultureProvider.MakeCookieValue(culture),
                new CookieOptions
                {
                    MaxAge = TimeSpan.FromDays(365),
                    SameSite = SameSiteMode.Lax,
                    HttpOnly = true,
                    Secure = context.Request.IsHttps,
                    IsEssential = true
                });
        }
        // 303, so that the way back is a GET.
        context.Response.Headers.Location = IsOwn(back) ? back : "/";
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }

    // What keeps a page for others must not give a German one to a Spaniard.
    private static Task SayWhatWordsFollow(HttpResponse response)
    {
        if (response.ContentType is { } type && (type.StartsWith("text/html", StringComparison.Ordinal)
            || type.StartsWith("application/problem+json", StringComparison.Ordinal)
            // Exports that people read.
            || type.StartsWith("text/markdown", StringComparison.Ordinal)
            || type.StartsWith("image/svg+xml", StringComparison.Ordinal)))
            response.Headers.AppendCommaSeparatedValues(
                HeaderNames.Vary, HeaderNames.AcceptLanguage, HeaderNames.Cookie);
        return Task.CompletedTask;
    }

    /// <summary>The language of a request's reader. Of a hub's connection it is the same for all calls.</summary>
    public static Language Of(HttpContext context)
        => IsOfPrograms(context.Request.Path)
            ? Language.English
            : Chosen(context.Request) ?? AskedFor(context.Request) ?? Language.English;

    private static Task<ProviderCultureResult?> OfRequest(HttpContext context)
        => Task.FromResult<ProviderCultureResult?>(new ProviderCultureResult("", Of(context).Code));

    private static bool IsOfPrograms(PathString path)
        => ProgramPaths.Include(path) || path.StartsWithSegments("/oembed");

    private static Language? Chosen(HttpRequest request)
        => request.Cookies[CookieRequestCultureProvider.DefaultCookieName] is { } cookie
            && CookieRequestCultureProvider.ParseCookieValue(cookie)?.UICultures is [var culture, ..]
            ? Language.Find(culture.ToString())
            : null;

    private static Language? AskedFor(HttpRequest request)
    {
        var asked =
            StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptLanguage, out var values) ? values : [];
        return asked
            .Where(value => value.Quality is not 0)
            .OrderByDescending(value => value.Quality ?? 1)
            .Select(value => Language.Find(value.Value.ToString()))
            .FirstOrDefault(found => found is not null);
    }

    // An address of this site that a browser does not read as one of another.
    private static bool IsOwn(string back)
        => back is ['/', ..] and not ['/', '/' or '\\', ..] && back.All(character => character is > ' ' and < '\x7f');
}
