using System.Text.Json.Nodes;
using Dapper;
using Molmo.Demo.Server.Sharing;
using Molmo.Demo.Server.Tests.Images;

namespace Molmo.Demo.Server.Tests.Sharing;

/// <summary>What photos are called in files: as their owner called them, for their owner.</summary>
public sealed class OwnNamesTests
{
    private const string Pointing = "<point x=\"20.0\" y=\"50.0\" alt=\"penguin\">penguin</point>";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("boat.png", "boat.png")]
    [InlineData("a.png|a.png|a.png", "a.png|a-2.png|a-3.png")]
    [InlineData("a.png|A.JPG|a.b.png", "a.png|A-2.JPG|a.b.png")]
    [InlineData("a.png|a.png|a-2.png", "a.png|a-3.png|a-2.png")]
    [InlineData("\u00e9.png|e\u0301.png", "\u00e9.png|e\u0301-2.png")]
    [InlineData("photo|photo", "photo|photo-2")]
    [InlineData("..|.|../../etc/passwd|C:\\x\\y.png", "photo|photo-2|passwd|y.png")]
    [InlineData("con.png|LPT1|nul.tar.gz|Console.png", "_con.png|_LPT1|_nul.tar.gz|Console.png")]
    [InlineData("a\u202egnp.exe\r\n.png|كلب ورد.png", "agnp.exe.png|كلب ورد.png")]
    public void Unlike_Names_KeepWhatTheyCan(string names, string expected)
        => Assert.Equal(expected.Split('|'), OwnNames.Unlike([.. names.Split('|')]));

    [Fact]
    public async Task Files_TwoPhotosOfOneName_AreToldApartForTheirOwnerAndUnnamedForOthers()
    {
        await using var app = new MolmoApplication();
        using var person = app.AsNewVisitor();
        using var friend = app.CreateClient(new() { HandleCookies = false });
        var first = (await person.UploadAsync(Rasters.Png(8, 8), "Mein Boot.png")).Text("id");
        var second = (await person.UploadAsync(Rasters.Png(9, 8), "Mein Boot.png")).Text("id");
        var conversation = app.Seed(app.OwnerOf(first),
            ("one?", Pointing, first, EndReason.Finished), ("two?", Pointing, second, EndReason.Finished),
            ("three?", Pointing, first, EndReason.Finished));

        var names = new List<string>();
        foreach (var answer in Answers(app))
        {
            var address = $"/answers/{answer}";
            var coco = await ReadAsync(person, $"{address}.coco.json");
            CocoRules.Check(coco);
            Assert.Equal("http://localhost", (string)coco["info"]!["url"]!);
            names.Add((string)coco["images"]![0]!["file_name"]!);
            var tasks = await ReadAsync(person, $"{address}.ls.json");
            LabelStudioRules.Check(tasks, await person.GetStringAsync($"{address}.ls.xml", Cancellation));
            Assert.Equal(names[^1], (string)tasks[0]!["data"]!["file_name"]!);
            Assert.Equal(names[^1],
                (string)(await ReadAsync(person, $"{address}.json"))["pictures"]![0]!["fileName"]!);
            Assert.Equal(names[^1],
                Csv.Read(await person.GetByteArrayAsync($"{address}.csv", Cancellation))[1][^1]);
        }
        Assert.Equal(["Mein Boot.png", "Mein Boot-2.png", "Mein Boot.png"], names);

        var link = await person.ShareAsync(conversation);
        foreach (var format in new[] { "coco.json", "ls.json", "ls.xml", "json", "csv", "md", "html", "svg" })
            // The owner's own look at a link is what others see.
            foreach (var reader in new[] { person, friend })
            {
                var text = await reader.GetStringAsync($"/s/{link}.{format}", Cancellation);
                Assert.DoesNotContain("Mein", text, StringComparison.OrdinalIgnoreCase);
            }
        var shared = await ReadAsync(friend, $"/s/{link}.coco.json");
        CocoRules.Check(shared);
        Assert.All(shared["images"]!.AsArray(),
            image => Assert.Matches(@"^picture-[12]-[0-9a-f]{8}\.png$", (string)image!["file_name"]!));
    }

    private static async Task<JsonNode> ReadAsync(HttpClient reader, string address)
        => JsonNode.Parse(await reader.GetStringAsync(address, Cancellation))!;

    private static List<string> Answers(MolmoApplication app)
    {
        using var connection = app.Database.Open();
        return connection.Query<string>("SELECT id FROM generations ORDER BY ordinal").AsList();
    }
}
