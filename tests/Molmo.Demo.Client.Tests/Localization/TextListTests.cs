using System.Xml.Linq;
using Molmo.Demo.Client.Localization;

namespace Molmo.Demo.Client.Tests.Localization;

/// <summary>
/// The list of all texts with their places, for people who read a language natively and no source. Made anew with
/// <c>MOLMO_TEXTS=write</c>.
/// </summary>
public sealed class TextListTests
{
    private static readonly string File = Path.Combine(TestData.Repository, "docs", "texts.tsv");

    private static readonly Language[] Others = [.. Language.All.Where(language => language != Language.English)];

    [Fact]
    public void List_OfTheRepository_HoldsEveryTextAsItIsNow()
    {
        var list = Write();
        if (Environment.GetEnvironmentVariable("MOLMO_TEXTS") == "write") System.IO.File.WriteAllText(File, list);
        Assert.True(
            list == System.IO.File.ReadAllText(File),
            "docs/texts.tsv is not what the sources say. Make it anew: MOLMO_TEXTS=write ./test.sh Client -- -class "
                + typeof(TextListTests).FullName);
    }

    // A line for each text, and for each form of one with a number.
    private static string Write()
    {
        var texts = Others.ToDictionary(language => language, Read);
        var lines = texts.Values.SelectMany(of => of.Keys).Distinct().Order(StringComparer.Ordinal)
            .Select(key => string.Join('\t', [
                Cell(EnglishOf(key)), .. Others.Select(language => Cell(texts[language].GetValueOrDefault(key, ""))),
                PlaceOf(key)]));
        string[] head = ["English", .. Others.Select(language => language.Name), "Place"];
        return string.Join('\n', [string.Join('\t', head), .. lines]) + "\n";
    }

    private static string Cell(string text) => text.ReplaceLineEndings("\\n").Replace('\t', ' ');

    private static string EnglishOf(string key) => Facts.TryGetValue(key, out var english) ? english : key;

    private static string PlaceOf(string key)
        => SourceTexts.Places.TryGetValue(key.Split('|')[0], out var files) ? string.Join(", ", files)
            : Facts.ContainsKey(key) ? "fact " + key.Split('|')[0]
            : "the language itself";

    private static Dictionary<string, string> Facts { get; } = Read("Facts.resx").ToDictionary();

    private static Dictionary<string, string> Read(Language language)
        => Directory.EnumerateFiles(Folder, $"*.{language.Code}.resx").SelectMany(file => Read(Path.GetFileName(file)))
            .DistinctBy(text => text.Key).ToDictionary();

    private static string Folder => Path.Combine(TestData.Repository, "Client", "Localization", "Resources");

    private static IEnumerable<KeyValuePair<string, string>> Read(string file)
        => XDocument.Load(Path.Combine(Folder, file)).Root!.Elements("data")
            .Select(data => KeyValuePair.Create(data.Attribute("name")!.Value, data.Element("value")!.Value));
}
