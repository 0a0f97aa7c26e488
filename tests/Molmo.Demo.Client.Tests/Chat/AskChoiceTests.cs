using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;

namespace Molmo.Demo.Client.Tests.Chat;

/// <summary>
/// How questions are asked, from the composer to the service, and what is offered where a conversation no longer fits.
/// </summary>
public class AskChoiceTests : PageTest
{
    private static readonly AskChoice Otherwise = new(new PromptChoice("vqa2", 36), new SamplingChoice(0.8, Seed: 7));

    [Fact]
    public Task Ask_Chosen_AsksSoUntilUndoneAndAgainAsTheTurnWasButForTheSeed() => OnPage.RunAsync(async () =>
    {
        await using var session = OpenSession();
        await session.TakePhotoAsync(Images.Add().Id);
        session.Choose(Otherwise);
        await session.AskAsync("First?");
        Chat.Last.Start().Text("One.").End();
        await OnPage.UntilAsync(() => session.Live is null);
        session.Choose(AskChoice.Plain);
        await session.AskAsync("Second?");
        Chat.Last.Start().Text("Two.").End();
        await OnPage.UntilAsync(() => session.Live is null);
        await session.AskAgainAsync(session.Turns[0]);

        Assert.Equal([Otherwise.Prompt, PromptChoice.Plain, Otherwise.Prompt],
            Chat.Questions.Select(question => question.Prompt));
        Assert.Equal([Otherwise.Sampling, SamplingChoice.Greedy, Otherwise.Sampling with { Seed = null }],
            Chat.Questions.Select(question => question.Sampling));
    });

    [Theory]
    [InlineData(EndReason.Finished, 0.7)]
    [InlineData(EndReason.Stopped, 0)]
    public Task AskAgain_AfterTheLikeliestAnswer_HasAChanceWhereTheSameWouldComeAgain(
        EndReason reason, double temperature) => OnPage.RunAsync(async () =>
    {
        await using var session = OpenSession();
        await session.TakePhotoAsync(Images.Add().Id);
        await session.AskAsync("First?");
        Chat.Last.Start().Text("One.").End(reason);
        await OnPage.UntilAsync(() => session.Live is null);
        await session.AskAgainAsync(session.Turns[0]);
        Assert.Equal(temperature, Chat.Questions[1].Sampling.Temperature);
    });

    [Fact]
    public Task Open_StoredTurn_IsAskedAgainAsItWasButForTheSeed() => OnPage.RunAsync(async () =>
    {
        var id = GenerationId.New();
        Chat.Add(id).Start().Text("One.").End();
        var conversation = new StoredConversation(ConversationId.New(), "t",
            [new StoredTurn(id, "First?", Images.Add(), "One.", true, Otherwise.Prompt, Otherwise.Sampling)]);
        Chat.Store(conversation);
        await using var session = OpenSession();
        await session.OpenAsync(conversation.Id);
        Assert.True(session.Choice.IsPlain);
        await session.AskAgainAsync(session.Turns[0]);
        Assert.Equal((Otherwise.Prompt, Otherwise.Sampling with { Seed = null }),
            (Chat.Questions[0].Prompt, Chat.Questions[0].Sampling));
    });

    [Fact]
    public Task Ask_ConversationFull_OffersToLeaveOutTheOldestAndDoesSoOnce() => OnPage.RunAsync(async () =>
    {
        await using var session = OpenSession();
        await session.TakePhotoAsync(Images.Add().Id);
        session.Choose(Otherwise);
        Chat.NextRefusal =
            new ChatRefusedException(ChatFault.ContextFull, new EarlierWords("It no longer fits.")) { DropOldest = 3 };
        Assert.False(await session.AskAsync("More?"));
        Assert.Equal(("It no longer fits.", 3), (session.Refusal, session.DropOldest));
        Assert.Empty(session.Turns);

        Assert.True(await session.AskWithoutOldestAsync("More?"));
        Assert.Equal((null, null), (session.Refusal, session.DropOldest));
        Assert.Equal(Otherwise.Prompt with { MayDropOldest = true }, Chat.Questions[0].Prompt);
        Assert.False(session.Choice.Prompt.MayDropOldest);
    });

    [Fact]
    public Task Ask_RefusedForAnotherReason_OffersNothing() => OnPage.RunAsync(async () =>
    {
        await using var session = OpenSession();
        await session.TakePhotoAsync(Images.Add().Id);
        Chat.NextRefusal =
            new ChatRefusedException(ChatFault.ContextFull, new EarlierWords("It no longer fits.")) { DropOldest = 3 };
        await session.AskAsync("More?");
        Chat.NextRefusal = new ChatRefusedException(ChatFault.Busy, new EarlierWords("Busy."));
        await session.AskAsync("More?");
        Assert.Equal(("Busy.", null), (session.Refusal, session.DropOldest));
    });

    [Fact]
    public async Task Render_ConversationFull_HasBothWaysOutInComposerAndAnswer()
    {
        var photo = Images.Add();
        await using var full = OpenSession();
        await OnPageAsync(async () =>
        {
            await full.TakePhotoAsync(photo.Id);
            Chat.NextRefusal = new ChatRefusedException(ChatFault.ContextFull, new EarlierWords("It no longer fits."))
            {
                DropOldest = 1
            };
            await full.AskAsync("More?");
        });
        var composer = Show(full);
        Assert.Equal("Ask without the oldest question", composer.Test("without-oldest").TextContent);
        Assert.Equal($"/?photo={photo.Id}", composer.Test("fresh").GetAttribute("href"));

        await OnPage.RunAsync(async () =>
        {
            await using var session = OpenSession();
            await session.TakePhotoAsync(photo.Id);
            await session.AskAsync("How many & where?");
            Chat.Last.Write(
                seq => new Failed(seq, Failed.ContextFull, new EarlierWords("It no longer fits."), true, 12));
            await OnPage.UntilAsync(() => session.Live is null);
            Assert.Equal(12, session.Turns[0].DropOldest);

            await session.AskAgainWithoutOldestAsync(session.Turns[0]);
            Assert.Equal(new PromptChoice(MayDropOldest: true), Chat.Questions[^1].Prompt);
        });
    }

    [Fact]
    public void Render_HowToAsk_ShowsThePillOnlyWhileSomethingDeparts()
    {
        var plain = Show(AskChoice.Plain);
        Assert.Empty(plain.FindAll("[data-testid=asked], [data-testid=seed], [data-testid=length-hint]"));
        Assert.NotEmpty(plain.Tests("how-to-ask"));

        var otherwise = Show(Otherwise with { Prompt = new PromptChoice("long_caption_83", 36) });
        otherwise.Test("asked");
        Assert.Equal(["Document, up to 36 crops", "long_caption_83:", "temperature 0.8, seed 7"],
            otherwise.FindAll("bdi").Select(e => e.TextContent));
        Assert.Equal("83", otherwise.Test("length-hint").GetAttribute("value"));
        Assert.Equal("7", otherwise.Test("seed").GetAttribute("value"));
        Assert.NotNull(otherwise.Test("ask-plainly").GetAttribute("aria-label"));

        Assert.Empty(Show(AskChoice.Plain.WithConsent).Tests("asked"));
    }

    [Theory]
    [InlineData("crops-document", null, "document")]
    [InlineData("style", "chart_qa", "chart")]
    [InlineData("style", "length", "length")]
    [InlineData("temperature", "0.8", "warm")]
    [InlineData("temperature", "3", "plain")]
    [InlineData("temperature", "hot", "plain")]
    public void Change_EachControl_ChoosesItsPartOnly(string control, string? to, string chosen)
    {
        AskChoice? now = null;
        var how = Render<HowToAsk>(parameters =>
            parameters.Add(ask => ask.Choice, AskChoice.Plain).Add(ask => ask.OnChoose, choice => now = choice));
        how.Test(control).Change(to);
        Assert.Equal(chosen switch
        {
            "document" => AskChoice.Plain with { Prompt = new PromptChoice(MaxCrops: 36) },
            "chart" => AskChoice.Plain with { Prompt = new PromptChoice("chart_qa") },
            "length" => AskChoice.Plain with { Prompt = new PromptChoice("long_caption_83") },
            "warm" => AskChoice.Plain with { Sampling = new SamplingChoice(0.8) },
            _ => null,
        }, now);
    }

    [Theory]
    [InlineData("seed", "12", 12L)]
    [InlineData("seed", "", null)]
    [InlineData("seed", "-1", null)]
    [InlineData("seed", "99999999999", null)]
    public void Change_Seed_IsKeptOrDrawn(string control, string to, long? seed)
    {
        AskChoice? now = null;
        var how = Render<HowToAsk>(parameters =>
            parameters.Add(ask => ask.Choice, Otherwise).Add(ask => ask.OnChoose, choice => now = choice));
        how.Test(control).Change(to);
        Assert.Equal(Otherwise with { Sampling = Otherwise.Sampling with { Seed = seed } }, now);
    }

    [Fact]
    public void Render_HowToAsk_OffersEveryPublishedTagOnce()
    {
        var options = Show(AskChoice.Plain).FindAll("option").Values("value").ToList();
        Assert.Equal(["", "length", .. PromptStyle.Published.Order(StringComparer.Ordinal)],
            options.Order(StringComparer.Ordinal).OrderBy(value => value is not ("" or "length")));
    }

    private IRenderedComponent<Composer> Show(AskChoice choice)
    {
        var session = OpenSession();
        session.Choose(choice);
        return Show(session);
    }

    private IRenderedComponent<Composer> Show(ChatSession session)
        => Render<Composer>(parameters => parameters.Add(box => box.Session, session));
}
