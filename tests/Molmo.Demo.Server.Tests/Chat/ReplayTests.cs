using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Server.Chat.Replay;

namespace Molmo.Demo.Server.Tests.Chat;

public sealed class ReplayTests : IDisposable
{
    private readonly VisitorId _ann = VisitorId.New();
    private readonly string _folder = Directory.CreateTempSubdirectory("molmo-replay-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Recording_WrittenAndRead_IsTheSame()
    {
        var recording = new Recording(
            [Piece(0, "Two <points x1=\"1"), Piece(12.5, "0\" y1=\"20\"\n"), Piece(1, "\u2028ünï \ud83d\ude80")],
            FinishReason.Length);

        var read = Recording.Parse(recording.ToLines());

        Assert.Equal(recording.Pieces.AsEnumerable(), read.Pieces);
        Assert.Equal(recording.Finish, read.Finish);
        Assert.All(recording.ToLines(), line => Assert.DoesNotContain('\n', line));
    }

    [Fact]
    public void Recording_AfterItsBeginning_IsItsRest()
    {
        var recording = new Recording([Piece(0, "One "), Piece(1, "two "), Piece(2, "three.")], FinishReason.EndToken);

        for (var length = 0; length <= "One two three.".Length; length++)
        {
            var rest = recording.After(length);
            Assert.Equal("One two three."[length..], string.Concat(rest.Pieces.Select(piece => piece.Text)));
            Assert.Equal(recording.Finish, rest.Finish);
        }
    }

    [Theory]
    [InlineData("text", "Line 1")]
    [InlineData("{}", "Line 1")]
    [InlineData("""{"text":"a","extra":1}""", "Line 1")]
    [InlineData("""{"ms":-1,"text":"a"}""", "Line 1")]
    [InlineData("""{"text":"a","until":"../go"}""", "Line 1")]
    [InlineData("{\"text\":\"a\"}\n\n{\"end\":\"soon\"}", "Line 3")]
    [InlineData("{\"end\":\"finished\"}\n{\"text\":\"a\"}", "Line 2")]
    public void Recording_Broken_IsRefusedWithItsLine(string text, string expected)
        => Assert.StartsWith(expected, Assert.Throws<FormatException>(() => Recording.Parse(text.Split('\n'))).Message);

    [Fact]
    public async Task Replay_OfARecording_IsAnAnswerLikeAnyOther()
    {
        Keep("cats", new Recording(
            [Piece(0, "Counting <points x1=\"10\" y1=\"2"), Piece(1, "0\" alt=\"cat\">cat</points>.")],
            FinishReason.EndToken));
        Keep("cut", new Recording([Piece(0, "There are <points x1=\"10\" y1=\"20\" x2=\"3")], null));
        await using var chat = await StartAsync();

        var cats = await AskAsync(chat, "replay: cats");
        Assert.Equal("Counting .", cats.Prose());
        Assert.Equal((10d, 20d), cats.OfType<PointFound>().Select(point => (point.X, point.Y)).Single());
        Assert.Equal("recording cats", cats.OfType<Started>().Single().Stamp.Model);
        Assert.Equal(EndReason.Finished, Assert.IsType<Ended>(cats[^1]).Reason);

        var cut = await AskAsync(chat, "replay: cut");
        Assert.Single(cut.OfType<PointFound>());
        Assert.Contains("1 point so far", Words.Of(Assert.IsType<Failed>(cut[^1]).Fact));

        Assert.Equal("One two three.", (await AskAsync(chat, "How many cats?")).Prose());
        Assert.Single(chat.Model.Asked);
    }

    [Fact]
    public async Task Replay_WithAGate_WaitsForItAndStopsAtIt()
    {
        Keep("held", new Recording([Piece(0, "One "), Piece(0, "two.") with { Gate = "go" }], FinishReason.EndToken));
        await using var chat = await StartAsync();

        var stopped = await chat.Service.StartAsync(_ann, Ask("replay: held"), Cancel);
        var events = new List<GenerationEvent>();
        await foreach (var e in chat.Service.ReadAsync(_ann, stopped, 1, Cancel))
        {
            events.Add(e);
            if (e is TextDelta) await chat.Service.StopAsync(_ann, stopped, Cancel);
        }
        Assert.Equal("One ", events.Prose());
        Assert.Equal(EndReason.Stopped, Assert.IsType<Ended>(events[^1]).Reason);

        var held = await chat.Service.StartAsync(_ann, Ask("replay: held"), Cancel);
        await foreach (var e in chat.Service.ReadAsync(_ann, held, 1, Cancel))
            if (e is TextDelta) break;
        await File.WriteAllTextAsync(Path.Combine(_folder, "go"), "", Cancel);
        Assert.Equal("One two.", (await chat.Service.ReadAsync(_ann, held, 1, Cancel).ToListAsync()).Prose());
    }

    [Theory]
    [InlineData("replay: dogs")]
    [InlineData("replay: ../cats")]
    [InlineData("replay:")]
    public async Task Replay_OfWhatIsNotThere_NamesWhatIs(string question)
    {
        Keep("cats", new Recording([Piece(0, "One.")], FinishReason.EndToken));
        Keep("mice", new Recording([Piece(0, "Two.")], FinishReason.EndToken));
        await using var chat = await StartAsync();

        Assert.EndsWith(
            "Known are: cats, mice.", Words.Of(Assert.IsType<Failed>((await AskAsync(chat, question))[^1]).Fact));
    }

    private static Question Ask(string question) => new(ConversationId.New(), question, null, SamplingChoice.Greedy);

    private static RecordedPiece Piece(double ms, string text) => new(TimeSpan.FromMilliseconds(ms), text);

    private Task<ChatApplication> StartAsync()
        => ChatApplication.StartAsync(around: model => new ReplayModel(model, _folder, TimeProvider.System));

    private void Keep(string name, Recording recording)
        => File.WriteAllLines(Path.Combine(_folder, name + Recording.Extension), recording.ToLines());

    private async Task<IReadOnlyList<GenerationEvent>> AskAsync(ChatApplication chat, string question)
    {
        var id = await chat.Service.StartAsync(_ann, Ask(question), Cancel);
        return await chat.Service.ReadAsync(_ann, id, 1, Cancel).ToListAsync();
    }
}
