using Microsoft.Extensions.DependencyInjection;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Engines;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>
/// A conversation that no longer fits: nothing is cut unless the person agrees, and then the oldest turns, never the
/// photo.
/// </summary>
public sealed class ContextTests : IDisposable
{
    private const string Question = "How many strawberries are there?";

    private readonly TemporaryFolder _folder = new();
    private readonly VisitorId _ann = VisitorId.New();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Start_ConversationFull_IsRefusedBeforeAnythingIsStoredAndGoesOnWithConsent()
    {
        await using var app = new MolmoApplication(("Molmo:Model", TinyModels.Narrow(_folder, 256)));
        var chat = app.Services.GetRequiredService<IChatService>();
        var model = await app.Services.GetRequiredService<EngineHost>().Loaded.WaitAsync(Sequences.Hang, Cancel);
        var image = await app.Services.GetRequiredService<IImageCatalog>()
            .TakeSampleAsync(_ann, "scene-08.jpg", Cancel);
        var question = new Question(ConversationId.New(), Question, image!.Id, SamplingChoice.Greedy);

        ChatRefusedException? refusal = null;
        var answered = 0;
        for (; refusal is null && answered < 10; answered++)
        {
            try
            {
                (await AnswerAsync(chat, question)).AssertWhole();
            }
            catch (ChatRefusedException e)
            {
                refusal = e;
                break;
            }
        }
        Assert.Equal((ChatFault.ContextFull, 1), (refusal!.Fault, refusal.DropOldest));
        Assert.Contains("(256 tokens)", Words.Of(refusal.Fact), StringComparison.Ordinal);
        Assert.Contains("new chat with this photo", Words.Of(refusal.Fact), StringComparison.Ordinal);
        Assert.True(answered > 1, "The first questions fit.");
        Assert.Equal(answered, await CountAsync(app, question.Conversation));

        var events = await AnswerAsync(chat, question with { Prompt = new PromptChoice(MayDropOldest: true) });
        var note = Assert.Single(events.OfType<Noted>(), note => !note.IsOnOutput);
        Assert.Equal((NoteCode.HistoryShortened, new OldestLeftOut(1)), (note.Code, note.Fact));
        Assert.Equal(model.Preprocessor.CountTokens(image.Width, image.Height),
            events.OfType<Started>().Single().Sent!.ImageTokens);
        Assert.InRange(Assert.IsType<Ended>(events[^1]).Usage.PromptTokens, 60, 192);

        // The consent was for that question and not for the next one; a new chat needs none.
        refusal = await Assert.ThrowsAsync<ChatRefusedException>(() => chat.StartAsync(_ann, question, Cancel));
        Assert.InRange(refusal.DropOldest ?? 0, 1, answered);
        (await AnswerAsync(chat, question with { Conversation = ConversationId.New() })).AssertWhole();
    }

    [Fact]
    public async Task Start_QuestionAloneTooLong_IsRefusedInOtherWords()
    {
        await using var app = new MolmoApplication(("Molmo:Model", TinyModels.Narrow(_folder, 256)));
        var chat = app.Services.GetRequiredService<IChatService>();
        await app.Services.GetRequiredService<EngineHost>().Loaded.WaitAsync(Sequences.Hang, Cancel);
        var image = await app.Services.GetRequiredService<IImageCatalog>()
            .TakeSampleAsync(_ann, "scene-08.jpg", Cancel);
        var many = new Question(ConversationId.New(), string.Join(' ', Enumerable.Repeat(Question, 8)), image!.Id,
            SamplingChoice.Greedy, Prompt: new PromptChoice(MaxCrops: PromptChoice.MostCrops, MayDropOldest: true));
        var crops = await Assert.ThrowsAsync<ChatRefusedException>(() => chat.StartAsync(_ann, many, Cancel));
        Assert.Equal(ChatFault.TooLong, crops.Fault);
        Assert.Contains("36 crops", Words.Of(crops.Fact), StringComparison.Ordinal);
        var words = await Assert.ThrowsAsync<ChatRefusedException>(
            () => chat.StartAsync(_ann, many with { Text = new string('!', 2000), Image = null }, Cancel));
        Assert.Equal(ChatFault.TooLong, words.Fault);
        Assert.DoesNotContain("photo", Words.Of(words.Fact), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Encode_PictureAndTurns_AreAsManyTokensAsThePrompt()
    {
        await using var app = new MolmoApplication(("Molmo:Model", TinyModels.Conversing(_folder)));
        var model = await app.Services.GetRequiredService<EngineHost>().Loaded.WaitAsync(Sequences.Hang, Cancel);
        var turns = new[]
        {
            new Inference.Preprocessing.PromptTurn("How many?", " Four."), new Inference.Preprocessing.PromptTurn(
                "Sure?", "Yes <point x=\"1\" y=\"2\" alt=\"a\">b</point>")
        };
        foreach (var (width, height, crops) in ((int, int, int?)[])[
            (960, 720, null), (960, 720, 36), (300, 1200, 36), (5, 700, 12), (640, 480, 7)])
        {
            var image = new Inference.Imaging.RgbImage(width, height, new byte[width * height * 3]);
            var inputs = model.Preprocessor.Process(image, crops, Cancel);
            Assert.Equal(inputs.ImageTokenIds.Length, model.Preprocessor.CountTokens(width, height, crops));
            var encoded = model.Prompts.Encode(turns, Question);
            var words = 1 + encoded.Turns.Sum(turn => turn.Count) + encoded.Question.Count;
            var counted = model.Preprocessor.CountTokens(width, height, crops) + words;
            Assert.Equal(model.Prompts.Build(turns, Question, inputs).TokenIds.Length, counted);
        }
    }

    [Theory]
    [InlineData(100, 1000, 20, 10, new[] { 10, 10, 10 }, 0, 0, 0)]
    [InlineData(100, 1000, 20, 10, new[] { 10, 10, 25, 10 }, 0, 1, 1)]
    [InlineData(100, 1000, 20, 10, new[] { 10, 10, 36, 10 }, 0, 3, 3)]
    [InlineData(100, 5, 20, 10, new[] { 10, 10, 35, 10 }, 0, 0, 0)]
    [InlineData(100, 1000, 20, 10, new[] { 10 }, 4, 0, 4)]
    [InlineData(100, 1000, 20, 60, new[] { 10, 5 }, 4, 2, 6)]
    public void Of_Tokens_LeavesOutAsFewOfTheOldestAsWillDo(
        int positions, int answer, int picture, int question, int[] turns, int cut, int first, int oldest)
    {
        var fit = ContextFit.Of(positions, answer, picture, question, turns, cut);
        Assert.Equal((first, oldest, false), (fit.FirstTurn, fit.DropOldest, fit.IsTooLong));
        Assert.True(ContextFit.Of(positions, answer, picture, positions - picture, turns, cut).IsTooLong);
    }

    [Fact]
    public async Task Answer_FoundTooLongInItsJob_FailsWithTheSameWordsAndCode()
    {
        await using var chat = await ChatApplication.StartAsync();
        chat.Model.PrepareFault = Full(3);
        var failed = Assert.IsType<Failed>((await AnswerAsync(chat.Service, Ask()))[^1]);
        Assert.Equal((Failed.ContextFull, new EarlierWords("Full."), 3, true),
            (failed.Code, failed.Fact, failed.DropOldest, failed.Retryable));
    }

    [Fact]
    public async Task Answer_TooLongOnTheInferenceMachine_FailsThereAndOnTheWebMachineAlike()
    {
        await using var machines = await Machines.StartAsync();
        // There it is no refusal: the web machine has taken the question already.
        machines.Model.CheckFit = _ => throw new InvalidOperationException("Nobody was to ask.");
        machines.Model.PrepareFault = Full(2);
        var failed = Assert.IsType<Failed>((await AnswerAsync(machines.Web.Service, Ask()))[^1]);
        Assert.Equal((Failed.ContextFull, 2), (failed.Code, failed.DropOldest));
    }

    [Fact]
    public async Task Start_HistoryOfVeryManyCharacters_IsCutByWholeTurnsAndCounted()
    {
        await using var machines = await Machines.StartAsync();
        machines.Model.Script = _ => [new string('a', 20_000)];
        var conversation = ConversationId.New();
        for (var i = 0; i < 5; i++) await AnswerAsync(machines.Web.Service, Ask() with { Conversation = conversation });
        var asked = machines.Model.Asked.ToList();
        Assert.Equal([(0, 0), (1, 0), (2, 0), (3, 0), (3, 1)],
            asked.Select(assignment => (assignment.History.Length, assignment.CutTurns)));
    }

    private static ChatRefusedException Full(int oldest)
        => new(ChatFault.ContextFull, new EarlierWords("Full.")) { DropOldest = oldest };

    private static Question Ask() => new(ConversationId.New(), Question, null, SamplingChoice.Greedy);

    private async Task<List<GenerationEvent>> AnswerAsync(IChatService chat, Question question)
        => await chat.ReadAsync(_ann, await chat.StartAsync(_ann, question, Cancel), 1, Cancel).ToListAsync();

    private async Task<int> CountAsync(MolmoApplication app, ConversationId conversation)
        => (await app.Services.GetRequiredService<IConversationStore>()
            .FindAsync(_ann, conversation, Cancel))!.Turns.Length;
}
