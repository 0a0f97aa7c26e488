using Molmo.Demo.Lab.Data.Scenes;
using Molmo.Demo.Server.Commands;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Engines;

public sealed class KnowledgeFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _notes = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_EmbeddedModel_KnowsWhatItsGeneratorsDraw()
    {
        var known = KnowledgeFile.Read(TestData.TinyModel, _notes.Add)!;
        Assert.True(known.Practice);
        Assert.Equal(
            Kinds.All.Concat(Kinds.Cells).Select(kind => (kind.One, kind.Many)).Order(),
            known.Things.Select(thing => (thing.One, thing.Many)).Order());
        Assert.Empty(_notes);
    }

    [Fact]
    public void Read_NoFile_MakesNoPromiseAndNoFuss()
    {
        Assert.Null(KnowledgeFile.Read(_folder.Path, _notes.Add));
        Assert.Empty(_notes);
    }

    [Fact]
    public void Read_OtherNames_AreKnownToo()
    {
        var known = Read("""
            {"practice": false, "things": [{"one": "fish", "many": "fish"},
                {"one": "ball", "many": "balls", "also": ["soccer ball", "soccer balls"]}]}
            """)!;
        Assert.False(known.Practice);
        Assert.True(known.Knows("Soccer balls"));
        Assert.Empty(_notes);
    }

    [Theory]
    [InlineData("no JSON", "things")]
    [InlineData("nothing", "null")]
    [InlineData("a field of another kind", """{"practice": "yes", "things": [{"one": "a", "many": "b"}]}""")]
    [InlineData("no mark", """{"things": [{"one": "a", "many": "b"}]}""")]
    [InlineData("no things", """{"practice": true}""")]
    [InlineData("an empty list", """{"practice": true, "things": []}""")]
    [InlineData("a null thing", """{"practice": true, "things": [null]}""")]
    [InlineData("no plural", """{"practice": true, "things": [{"one": "a"}]}""")]
    [InlineData("a null name", """{"practice": true, "things": [{"one": null, "many": "b"}]}""")]
    [InlineData("a null other name", """{"practice": true, "things": [{"one": "a", "many": "b", "also": [null]}]}""")]
    [InlineData("an empty name", """{"practice": true, "things": [{"one": "", "many": "b"}]}""")]
    [InlineData("a name with markup", """{"practice": true, "things": [{"one": "<b>", "many": "b"}]}""")]
    [InlineData("a name in spaces", """{"practice": true, "things": [{"one": " a", "many": "b"}]}""")]
    [InlineData("a name of two lines", """{"practice": true, "things": [{"one": "a\nb", "many": "b"}]}""")]
    [InlineData("an unknown field", """{"practice": true, "things": [{"one": "a", "many": "b"}], "more": 1}""")]
    [InlineData("a field twice",
        """{"practice": true, "practice": false, "things": [{"one": "a", "many": "b"}]}""")]
    [InlineData("a name twice",
        """{"practice": true, "things": [{"one": "a", "many": "b"}, {"one": "A", "many": "c"}]}""")]
    [InlineData("something behind it", """{"practice": true, "things": [{"one": "a", "many": "b"}]} {}""")]
    public void Read_BrokenFile_IsIgnoredWithOneLine(string what, string text)
    {
        Assert.True(Read(text) is null, what);
        var note = Assert.Single(_notes);
        Assert.Contains("knows.json", note, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', note);
    }

    [Fact]
    public void Read_BeyondTheLimits_IsIgnored()
    {
        Assert.NotNull(Read(Things(500, "", 0)));
        Assert.NotNull(Read(Things(1, new string('x', 56), 8)));
        Assert.Empty(_notes);

        Assert.Null(Read(Things(501, "", 0)));
        Assert.Null(Read(Things(1, new string('x', 61), 0)));
        Assert.Null(Read(Things(1, "", 9)));
        Assert.Null(Read(Things(1, "", 0) + new string(' ', 1 << 16)));
        Assert.Equal(4, _notes.Count);

        static string Things(int count, string name, int others)
            => $$"""{"practice": true, "things": [{{string.Join(',', Enumerable.Range(0, count).Select(number =>
                $$"""{"one": "o{{number}}{{name}}", "many": "m{{number}}", "also": [{{string.Join(
                    ',', Enumerable.Range(0, others).Select(other => $"\"a{number} {other}\""))}}]}"""))}}]}""";
    }

    [Fact]
    public void Read_FolderInPlaceOfTheFile_MakesNoPromise()
    {
        Directory.CreateDirectory(_folder.Combine(KnowledgeFile.Name));
        Assert.Null(KnowledgeFile.Read(_folder.Path, _notes.Add));
    }

    [Theory]
    [InlineData("How many chairs are there?",
        "“Chairs” is not one of the {0} things this model knows, so this is a guess.")]
    [InlineData("How many dogs and fire hydrants are there?",
        "“Fire hydrants” is not one of the {0} things this model knows, so this is a guess.")]
    [InlineData("How many DOGS are there?", null)]
    [InlineData("Point to the small yellow circle.", null)]
    [InlineData("What does it show?", null)]
    public async Task Ask_ThingOutsideWhatItKnows_IsNotedWithTheAnswer(string question, string? note)
    {
        await using var model = await LocalModel.OpenAsync(new MolmoOptions(), TextWriter.Null, Token);
        var answer = await model.AskAsync(
            null, question, SamplingChoice.Greedy, PromptChoice.Plain, null, Token);
        Assert.Equal(
            note is null
                ? [] : [(NoteCode.Asked, note.Replace("{0}", $"{TestData.TinyThings}", StringComparison.Ordinal))],
            answer.Told.Notes.Where(noted => noted.Fact is ThingUnknown)
                .Select(noted => (noted.Code, Molmo.Demo.Client.Localization.Words.Of(noted.Fact!))));
    }

    [Fact]
    public async Task Ask_CheckpointThatMakesNoPromise_GetsNoNote()
    {
        var folder = Chat.TinyModels.Conversing(_folder);
        await using var model = await LocalModel.OpenAsync(
            new MolmoOptions { Model = folder }, TextWriter.Null, Token);
        Assert.Null(model.Model.Knows);
        Assert.False(model.Model.IsSingleTurn);
        var answer = await model.AskAsync(
            null, "How many chairs are there?", SamplingChoice.Greedy, PromptChoice.Plain, null, Token);
        Assert.DoesNotContain(answer.Told.Notes, noted => noted.Fact is ThingUnknown);
    }

    private Knowledge? Read(string text)
    {
        File.WriteAllText(_folder.Combine(KnowledgeFile.Name), text);
        return KnowledgeFile.Read(_folder.Path, _notes.Add);
    }
}
