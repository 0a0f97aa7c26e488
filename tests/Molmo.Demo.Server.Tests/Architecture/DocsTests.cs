using System.Reflection;

namespace Molmo.Demo.Server.Tests.Architecture;

/// <summary>What the documents name is there: files, links, settings.</summary>
public sealed partial class DocsTests
{
    private const int MaxReadmeLines = 120;
    private const int MaxColumns = 120;
    private const int WalkStops = 10;

    private static readonly string Docs = Path.Combine(TestData.Repository, "docs");

    private static readonly string[] FirstFolders = ["Client/", "Server/", "Shared/", "docs/", "tests/", "wwwroot/"];

    // Written by the measurements that they show.
    private static readonly string[] Measured = ["docs/reliability.md", "docs/targets.md", "docs/benchmarks/"];

    private static readonly string[] DecisionParts
        = ["## Context", "## Decision", "## Consequences", "## What would change it"];

    public static TheoryData<string> Pages => [.. Names()];

    public static TheoryData<string> WrittenPages => [.. Names().Where(page => !BeginsWithAny(page, Measured))];

    public static TheoryData<string> Decisions
        => [.. Directory.GetFiles(Path.Combine(Docs, "adr"), "0*.md").Select(file => Path.GetFileName(file)).Order()];

    [Fact]
    public void Readme_IsShortEnoughToReadAtOnce() => Assert.InRange(Lines("README.md").Length, 1, MaxReadmeLines);

    [Fact]
    public void Readme_Walk_NamesAFileInEachOfItsTenLines()
    {
        var walk = Section("README.md", "## One question in ten lines");
        var stops = walk.Where(line => Numbered().IsMatch(line)).ToList();

        Assert.Equal(WalkStops, stops.Count);
        Assert.All(stops, line => Assert.Contains(Quoted(line), IsPath));
        Assert.All(stops.SelectMany(Quoted).Where(IsPath), file => Assert.True(File.Exists(PathOf(file)), file));
    }

    [Fact]
    public void Architecture_Walk_NamesFilesThatExist()
    {
        var walk = string.Join('\n', Section("docs/architecture.md", "## The walk of one question"));
        var files = Quoted(walk).Where(IsPath).ToList();

        Assert.True(files.Count > WalkStops, $"The walk names {files.Count} files.");
        Assert.All(files, file => Assert.True(File.Exists(PathOf(file)), file));
    }

    [Fact]
    public void Architecture_FoldersOfTheServer_AreAllExplained()
    {
        var folders = Directory.GetDirectories(PathOf("Server"))
            .Where(folder => Directory.GetFiles(folder, "*.csproj").Length == 0)
            .Where(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Any())
            .Select(folder => Path.GetRelativePath(TestData.Repository, folder));

        var explained = Quoted(string.Join('\n', Section("docs/architecture.md", "## Folders of the server")));

        Assert.Empty(folders.Except(explained));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_NamedPaths_Exist(string page)
    {
        var missing = Quoted(Prose(page)).Where(IsPath).Where(path => !Path.Exists(PathOf(path)));

        Assert.Empty(missing);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_Links_LeadSomewhere(string page)
    {
        var folder = Path.GetDirectoryName(PathOf(page))!;
        var links = Link().Matches(Prose(page)).Select(match => match.Groups[1].Value);
        var targets = links.Where(target => !target.Contains(':'));

        Assert.All(targets, target =>
        {
            var (path, anchor) = target.Split('#') is [var before, var after] ? (before, after) : (target, "");
            var file = path.Length == 0 ? PathOf(page) : Path.GetFullPath(Path.Combine(folder, path));
            Assert.True(File.Exists(file), target);
            if (anchor.Length > 0) Assert.Contains(anchor, File.ReadLines(file).Where(IsHeading).Select(AnchorOf));
        });
    }

    [Theory]
    [MemberData(nameof(WrittenPages))]
    public void Page_Lines_FitOneScreen(string page)
    {
        // A row of a table cannot be broken.
        var wide = Lines(page).Where(line => line.Length > MaxColumns && !line.StartsWith('|'));

        Assert.Empty(wide);
    }

    [Fact]
    public void Settings_OfTheDocuments_AreThoseOfTheProgram()
    {
        var known = Options().SelectMany(NamesOf).ToHashSet();

        var told = SettingsIn(PathOf("docs/operating.md")).ToHashSet();
        var elsewhere = Files().SelectMany(SettingsIn);

        Assert.Contains("Molmo:Model", known);
        Assert.Empty(known.Except(told));
        Assert.Empty(elsewhere.Except(known));
    }

    [Theory]
    [MemberData(nameof(Decisions))]
    public void Decision_IsListedAndHasItsFourParts(string name)
    {
        var lines = Lines($"docs/adr/{name}");

        Assert.Equal(DecisionParts, lines.Where(line => DecisionParts.Contains(line)));
        Assert.StartsWith($"# {name[..4].TrimStart('0')}. ", lines[0], StringComparison.Ordinal);
        Assert.Contains($"({name})", Text("docs/adr/README.md"), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Files()
        => Directory.GetFiles(TestData.Repository, "*.md")
            .Concat(Directory.GetFiles(Docs, "*.md", SearchOption.AllDirectories));

    private static IEnumerable<string> Names()
        => Files().Select(file => Path.GetRelativePath(TestData.Repository, file)).Order();

    /// <summary>Classes of options with the section of the configuration that each is bound to.</summary>
    private static IEnumerable<(Type Type, string Section)> Options()
        => Assembly.Load("Molmo.Demo.Server").GetTypes()
            .Select(type => (type, type.GetField("Section")?.GetRawConstantValue() as string))
            .Where(found => found.Item2?.StartsWith("Molmo", StringComparison.Ordinal) == true)
            .Select(found => (found.type, found.Item2!));

    private static IEnumerable<string> NamesOf((Type Type, string Section) options)
        => options.Type.GetProperties().Select(option => $"{options.Section}:{option.Name}");

    private static IEnumerable<string> SettingsIn(string file)
        => Setting().Matches(File.ReadAllText(file)).Select(match => match.Value);

    /// <summary>Lines under a heading, up to the next of its rank.</summary>
    private static IEnumerable<string> Section(string page, string heading)
        => Lines(page).SkipWhile(line => line != heading).Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal));

    private static string[] Lines(string page) => File.ReadAllLines(PathOf(page));

    private static string Text(string page) => File.ReadAllText(PathOf(page));

    private static string Prose(string page) => Fenced().Replace(Text(page), "");

    private static string PathOf(string relative) => Path.Combine(TestData.Repository, relative);

    private static IEnumerable<string> Quoted(string text)
        => Code().Matches(text).Select(match => match.Groups[1].Value);

    private static bool IsPath(string code)
        => BeginsWithAny(code, FirstFolders) && code.AsSpan().IndexOfAny(" *{") < 0;

    private static bool BeginsWithAny(string text, string[] beginnings)
        => beginnings.Any(beginning => text.StartsWith(beginning, StringComparison.Ordinal));

    private static bool IsHeading(string line) => line.StartsWith('#');

    /// <summary>As hosts of repositories make it: lower case, hyphens for spaces, and no other signs.</summary>
    private static string AnchorOf(string heading)
        => NoAnchor().Replace(heading.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"^\d+\. ")]
    private static partial Regex Numbered();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fenced();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\bMolmo(:[A-Z]\w+)+")]
    private static partial Regex Setting();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoAnchor();
}
