using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Molmo.Demo.Client.Layout;

namespace Molmo.Demo.Server.Web.Files;

/// <summary>
/// The styles and scripts of the pages, few and compressed, also where the server runs from a build: <c>/site.css</c>
/// is all of ours, <c>/mud.css</c> and <c>/blazor.js</c> are what a page with a circuit needs beside it,
/// <c>/chat.js</c> is its script, and a page without a circuit has one of its own, named after it, or <c>/page.js</c>.
/// </summary>
internal sealed partial class PageFiles(IWebHostEnvironment environment) : IPageFiles
{
    // Packing takes a core for a second or two, for which the model and the first questions have better use.
    private static readonly TimeSpan PackAfter = TimeSpan.FromSeconds(5);

    private const string Modules = "_content/Molmo.Demo.Client";
    private const string Module = ".razor.js";

    /// <summary>Scripts of every page, in the order in which they listen.</summary>
    private static readonly string[] Common =
        ["Layout/Menu.razor.js", "Keys/KeysDialog.razor.js", "times.js", "Layout/MainLayout.razor.js"];

    // The components' own come last.
    private static readonly string Scoped = $"{typeof(PageFiles).Assembly.GetName().Name}.styles.css";
    private static readonly string[] FirstStyles = ["tokens.css", "app.css"];

    private static readonly string[] Framework =
        ["_content/MudBlazor/MudBlazor.min.js", "_framework/blazor.web.js", "start.js"];

    private readonly IFileProvider _files = environment.WebRootFileProvider;
    private readonly ConcurrentDictionary<string, PackedFile> _packed = [];

    public string AddressOf(string name) => $"{name}?v={Find(name).Version}";

    public string ScriptOf(Type page, bool hasCircuit)
        => AddressOf(hasCircuit ? "chat.js" : ScriptOf(page.Name) is null ? "page.js" : $"{page.Name}.js");

    /// <summary>Serves the files, and makes them as small as they get once the start is over.</summary>
    public void Map(WebApplication app)
    {
        string[] names = ["site.css", "mud.css", "blazor.js", "chat.js", "page.js", .. Pages().Select(NameOf)];
        foreach (var name in names)
        {
            app.MapMethods(
                $"/{name}", [HttpMethods.Get, HttpMethods.Head], (HttpContext context) => Send(context, name))
                .WithMetadata(new PublicEndpoint());
        }
        var (started, ending) = (app.Lifetime.ApplicationStarted, app.Lifetime.ApplicationStopping);
        started.Register(() => _ = PackAsync(names, ending));

        static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..].Replace(Module, ".js");
    }

    private async Task PackAsync(string[] names, CancellationToken ending)
    {
        await Task.Delay(PackAfter, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var name in names)
            if (!ending.IsCancellationRequested) Find(name).Pack();
    }

    private FileContentHttpResult Send(HttpContext context, string name)
    {
        var file = Find(name);
        var encoding = Accepted(context.Request);
        var headers = context.Response.Headers;
        headers.Vary = HeaderNames.AcceptEncoding;
        if (encoding != "identity") headers.ContentEncoding = encoding;
        headers.CacheControl = context.Request.Query["v"] == file.Version
            ? "public, max-age=31536000, immutable"
            : "no-cache";
        var type = name.EndsWith(".css", StringComparison.Ordinal) ? "text/css" : "text/javascript";
        return TypedResults.Bytes(file.In(encoding), $"{type}; charset=utf-8",
            // Weak: the same text, of which the packed bytes change once.
            entityTag: new EntityTagHeaderValue($"\"{file.Version}-{encoding}\"", isWeak: true));
    }

    private static string Accepted(HttpRequest request)
    {
        var wanted = request.GetTypedHeaders().AcceptEncoding.Where(one => one.Quality != 0)
            .Select(one => one.Value).ToHashSet(StringSegmentComparer.OrdinalIgnoreCase);
        return wanted.Contains("br") ? "br" : wanted.Contains("gzip") ? "gzip" : "identity";
    }

    private PackedFile Find(string name)
    {
        if (!environment.IsDevelopment()) return _packed.GetOrAdd(name, static (name, self) => self.Pack(name), this);
        // Somebody may be editing it.
        return _packed[name] = Pack(name);
    }

    private PackedFile Pack(string name) => new(name switch
    {
        "site.css" => string.Concat(
            Styles().Select(style => Import().Replace(Read(style), match => Read(match.Groups[1].Value)))),
        // In a layer, where every rule of ours goes before it.
        "mud.css" => $"@layer mud{{{Read("_content/MudBlazor/MudBlazor.min.css")}}}",
        "blazor.js" => string.Join('\n', Framework.Select(script => SourceMap().Replace(Read(script), ""))),
        "chat.js" => Bundle([.. Parts().Where(part => !IsOfPhoto(part)).Except(Common), .. Common,
            .. Parts().Where(IsOfPhoto)]),
        "page.js" => Bundle(Common),
        _ => Bundle([.. Common, ScriptOf(name[..^3])!]),
    });

    private IEnumerable<string> Styles() =>
    [
        .. FirstStyles,
        .. _files.GetDirectoryContents("").Select(file => file.Name).Order(StringComparer.Ordinal)
            .Where(name => name.EndsWith(".css", StringComparison.Ordinal)).Except([.. FirstStyles, Scoped]),
        Scoped,
    ];

    private string Bundle(IEnumerable<string> modules)
        => ScriptBundler.Bundle(modules, path => Read($"{Modules}/{path}"));

    private string? ScriptOf(string page)
        => Pages().FirstOrDefault(path => path.EndsWith($"/{page}{Module}", StringComparison.Ordinal));

    private IEnumerable<string> Pages() => ModulesOf("").Where(IsOfPage);

    // Of what is on a page; which of them a chat needs at once is not asked, as one file costs less than several.
    private IEnumerable<string> Parts() => ModulesOf("").Where(path => !IsOfPage(path));

    private static bool IsOfPage(string path) => path.EndsWith($"Page{Module}", StringComparison.Ordinal);

    private static bool IsOfPhoto(string path) => path.StartsWith("Images/", StringComparison.Ordinal);

    private IEnumerable<string> ModulesOf(string folder)
        => _files.GetDirectoryContents($"{Modules}/{folder}").OrderBy(file => file.Name, StringComparer.Ordinal)
            .SelectMany(file => file.IsDirectory ? ModulesOf($"{folder}{file.Name}/")
                : file.Name.EndsWith(Module, StringComparison.Ordinal) ? [folder + file.Name] : []);

    private string Read(string path)
    {
        using var reader = new StreamReader(_files.GetFileInfo(path).CreateReadStream());
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"^@import '([^']+)';", RegexOptions.Multiline)]
    private static partial Regex Import();

    [GeneratedRegex(@"^//# sourceMappingURL=.*$", RegexOptions.Multiline)]
    private static partial Regex SourceMap();
}
