namespace Molmo.Demo.Server.Tests.Architecture;

/// <summary>
/// Arrows between the server's folders go one way: each may name some of those above it in the table.
/// </summary>
public sealed class ServerFolderTests
{
    private const string Space = "Molmo.Demo.Server";

    private static readonly string Root = Path.Combine(TestData.Repository, "Server");

    // Compiled by projects of their own.
    private static readonly string[] OtherProjects = ["Inference", "Inference.Torch", "Lab"];

    private static readonly Dictionary<string, string[]> Folders = new()
    {
        ["Settings"] = [],
        ["Storage"] = ["Settings"],
        ["Web"] = ["Settings", "Storage"],
        ["Private"] = [],
        ["ModelHub"] = [],
        ["Engines"] = ["Settings", "ModelHub"],
        ["Images"] = ["Settings", "Storage", "Web", "Private"],
        ["Audits"] = ["Storage"],
        ["Comparison"] = ["Storage"],
        ["Chat"] = ["Settings", "Storage", "Web", "Private", "Engines", "Images", "Audits", "Comparison"],
        ["Sharing"] = ["Settings", "Storage", "Web", "Images", "Audits", "Chat"],
        ["OpenAi"] = ["Settings", "Storage", "Web", "Images", "Chat"],
        ["Admin"] = ["Settings", "Storage", "Web", "Images", "Chat", "Sharing"],
        ["Hosting"] = ["Settings", "Storage", "Web", "Engines", "Images", "Chat", "Sharing", "OpenAi", "Admin"],
        ["Commands"] = ["Settings", "ModelHub", "Engines", "Images", "Chat", "Hosting"],
    };

    private static readonly Regex Names = new(
        $@"\b{Regex.Escape(Space)}\.(\w+)|(?<![\w.""])({string.Join('|', Folders.Keys)})\.[A-Z]");

    public static TheoryData<string> All => new(Folders.Keys);

    [Theory]
    [MemberData(nameof(All))]
    public void Folder_NamesOnlyWhatTheTableAllows(string folder)
    {
        var foreign = ArchitectureTests.Sources(Path.Combine(Root, folder))
            .SelectMany(file => Names.Matches(CodeOf(file))
                    .Select(
                        match => (File: Path.GetFileName(file), Folder: match.Groups[1].Value + match.Groups[2].Value)))
            .Where(use => use.Folder != folder && !Folders[folder].Contains(use.Folder)).Distinct().ToList();

        Assert.Empty(foreign);
    }

    [Fact]
    public void Table_HasArrowsInOneDirection()
    {
        var order = Folders.Keys.ToList();

        Assert.All(Folders, folder => Assert.All(
            folder.Value, used => Assert.InRange(order.IndexOf(used), 0, order.IndexOf(folder.Key) - 1)));
    }

    [Fact]
    public void Table_HasEveryFolderWithSources()
    {
        var folders = Directory.GetDirectories(Root)
            .Where(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Any())
            .Select(Path.GetFileName).Except(OtherProjects);

        Assert.Equal(Folders.Keys.Order(), folders.Order());
    }

    [Fact]
    public void Files_AreInTheFolderOfTheirNamespace()
    {
        var astray = Folders.Keys.SelectMany(folder => ArchitectureTests.Sources(Path.Combine(Root, folder))
            .Where(file => Path.GetExtension(file) == ".cs" && !Regex.IsMatch(
                File.ReadAllText(file), $@"^namespace {Regex.Escape(Space)}\.{folder}[.;]", RegexOptions.Multiline)));

        Assert.Empty(astray.Select(Path.GetFileName));
    }

    [Fact]
    public void Roles_AreAskedForWhereTheServerIsComposed()
    {
        var role = new Regex(@"\bServerRole\b");

        var asking = Folders.Keys.Except(["Settings", "Hosting"])
            .SelectMany(folder => ArchitectureTests.Sources(Path.Combine(Root, folder)))
            .Where(file => role.IsMatch(ArchitectureTests.Code(file))).Select(Path.GetFileName);

        Assert.Empty(asking);
    }

    // Its own namespace says nothing of what a file uses.
    private static string CodeOf(string file)
        => Regex.Replace(ArchitectureTests.Code(file), "^namespace .*", "", RegexOptions.Multiline);
}
