using Microsoft.AspNetCore.Components;
using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Fakes;
using Molmo.Demo.Client.Tests.Rendering;
using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Client.Tests.Chat;

/// <summary>How questions are asked, from the composer to the service, and what is offered where a conversation no longer fits.</summary>
public class AskChoiceTests
{
    private static readonly AskChoice Otherwise = new(new PromptChoice("vqa2", 36), new SamplingChoice(0.8, Seed: 7));

    private readonly FakeChat _chat = new();
    private readonly FakeImages _images = new();

    [Fact]
    public Task Ask_Chosen_AsksSoUntilUndoneAndAgainAsTheTurnWas() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        await session.TakePhotoAsync(_images.Add().Id);
        session.Choose(Otherwise);
        await session.AskAsync("First?");
        _chat.Last.Start().Text("One.").End();
        await OnPage.UntilAsync(() => session.Live is null);
        session.Choose(AskChoice.Plain);
        await session.AskAsync("Second?");
        _chat.Last.Start().Text("Two.").End();
        await OnPage.UntilAsync(() => session.Live is null);
        await session.AskAgainAsync(session.Turns[0]);

        Assert.Equal([Otherwise.Prompt, PromptChoice.Plain, Otherwise.Prompt], _chat.Questions.Select(question => question.Prompt));
        Assert.Equal([Otherwise.Sampling, SamplingChoice.Greedy, Otherwise.Sampling], _chat.Questions.Select(question => question.Sampling));
    });

    [Fact]
    public Task Open_StoredTurn_IsAskedAgainAsItWas() => OnPage.RunAsync(async () =>
    {
        var id = GenerationId.New();
        _chat.Add(id).Start().Text("One.").End();
        var conversation = new StoredConversation(ConversationId.New(), "t", [new StoredTurn(id, "First?", _images.Add(), "One.", true, Otherwise.Prompt, Otherwise.Sampling)]);
        _chat.Store(conversation);
        await using var session = Open();
        await session.OpenAsync(conversation.Id);
        Assert.True(session.Choice.IsPlain);
        await session.AskAgainAsync(session.Turns[0]);
        Assert.Equal((Otherwise.Prompt, Otherwise.Sampling), (_chat.Questions[0].Prompt, _chat.Questions[0].Sampling));
    });

    [Fact]
    public Task Ask_ConversationFull_OffersToLeaveOutTheOldestAndDoesSoOnce() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        await session.TakePhotoAsync(_images.Add().Id);
        session.Choose(Otherwise);
        _chat.NextRefusal = new ChatRefusedException(ChatFault.ContextFull, "It no longer fits.") { DropOldest = 3 };
        Assert.False(await session.AskAsync("More?"));
        Assert.Equal(("It no longer fits.", 3), (session.Refusal, session.DropOldest));
        Assert.Empty(session.Turns);

        Assert.True(await session.AskWithoutOldestAsync("More?"));
        Assert.Equal((null, null), (session.Refusal, session.DropOldest));
        Assert.Equal(Otherwise.Prompt with { MayDropOldest = true }, _chat.Questions[0].Prompt);
        Assert.False(session.Choice.Prompt.MayDropOldest);
    });

    [Fact]
    public Task Ask_RefusedForAnotherReason_OffersNothing() => OnPage.RunAsync(async () =>
    {
        await using var session = Open();
        await session.TakePhotoAsync(_images.Add().Id);
        _chat.NextRefusal = new ChatRefusedException(ChatFault.ContextFull, "It no longer fits.") { DropOldest = 3 };
        await session.AskAsync("More?");
        _chat.NextRefusal = new ChatRefusedException(ChatFault.Busy, "Busy.");
        await session.AskAsync("More?");
        Assert.Equal(("Busy.", null), (session.Refusal, session.DropOldest));
    });

    [Fact]
    public async Task Render_ConversationFull_HasBothWaysOutInComposerAndAnswer()
    {
        var photo = _images.Add();
        var composer = await PageRenderer.Create().RenderAsync<Composer>(
            (nameof(Composer.OnAsk), (string _) => Task.FromResult(true)), (nameof(Composer.OnStop), () => Task.CompletedTask),
            (nameof(Composer.Refusal), "It no longer fits."), (nameof(Composer.DropOldest), 1), (nameof(Composer.Photo), photo.Id));
        var elements = await composer.ElementsAsync();
        Assert.Equal("Ask without the oldest question", elements.Single(e => e["data-testid"] == "without-oldest").Text);
        Assert.Equal($"/?photo={photo.Id}", elements.Single(e => e["data-testid"] == "fresh")["href"]);

        await OnPage.RunAsync(async () =>
        {
            await using var session = Open();
            await session.TakePhotoAsync(photo.Id);
            await session.AskAsync("How many & where?");
            _chat.Last.Write(seq => new Failed(seq, Failed.ContextFull, "It no longer fits.", true, 12));
            await OnPage.UntilAsync(() => session.Live is null);
            Assert.Equal(12, session.Turns[0].DropOldest);

            await session.AskAgainWithoutOldestAsync(session.Turns[0]);
            Assert.Equal(new PromptChoice(MayDropOldest: true), _chat.Questions[^1].Prompt);
        });
    }

    [Fact]
    public async Task Render_HowToAsk_ShowsThePillOnlyWhileSomethingDeparts()
    {
        var plain = await RenderAsync(AskChoice.Plain);
        Assert.DoesNotContain(plain, e => e["data-testid"] is "asked" or "seed" or "length-hint");
        Assert.Contains(plain, e => e["data-testid"] == "how-to-ask");

        var otherwise = await RenderAsync(Otherwise with { Prompt = new PromptChoice("long_caption_83", 36) });
        Assert.Single(otherwise, e => e["data-testid"] == "asked");
        Assert.Equal(["Document, up to 36 crops", "long_caption_83:", "temperature 0.8, seed 7"], otherwise.Where(e => e.Name == "bdi").Select(e => e.Text));
        Assert.Equal("83", otherwise.Single(e => e["data-testid"] == "length-hint")["value"]);
        Assert.Equal("7", otherwise.Single(e => e["data-testid"] == "seed")["value"]);
        Assert.NotNull(otherwise.Single(e => e["data-testid"] == "ask-plainly")["aria-label"]);

        Assert.DoesNotContain(await RenderAsync(AskChoice.Plain.WithConsent), e => e["data-testid"] == "asked");
    }

    [Theory]
    [InlineData("crops-document", null, "document")]
    [InlineData("style", "chart_qa", "chart")]
    [InlineData("style", "length", "length")]
    [InlineData("temperature", "0.8", "warm")]
    [InlineData("temperature", "3", "plain")]
    [InlineData("temperature", "hot", "plain")]
    public async Task Change_EachControl_ChoosesItsPartOnly(string control, string? to, string chosen)
    {
        AskChoice? now = null;
        var renderer = await PageRenderer.Create().RenderAsync<HowToAsk>(
            (nameof(HowToAsk.Choice), AskChoice.Plain), (nameof(HowToAsk.OnChoose), EventCallback.Factory.Create<AskChoice>(this, choice => now = choice)));
        await renderer.ChangeAsync("data-testid", control, to);
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
    public async Task Change_Seed_IsKeptOrDrawn(string control, string to, long? seed)
    {
        AskChoice? now = null;
        var renderer = await PageRenderer.Create().RenderAsync<HowToAsk>(
            (nameof(HowToAsk.Choice), Otherwise), (nameof(HowToAsk.OnChoose), EventCallback.Factory.Create<AskChoice>(this, choice => now = choice)));
        await renderer.ChangeAsync("data-testid", control, to);
        Assert.Equal(Otherwise with { Sampling = Otherwise.Sampling with { Seed = seed } }, now);
    }

    [Fact]
    public async Task Render_HowToAsk_OffersEveryPublishedTagOnce()
    {
        var options = (await RenderAsync(AskChoice.Plain)).Where(e => e.Name == "option").Select(e => e["value"]).ToList();
        Assert.Equal(["", "length", .. PromptStyle.Published.Order(StringComparer.Ordinal)], options.Order(StringComparer.Ordinal).OrderBy(value => value is not ("" or "length")));
    }

    private static async Task<IReadOnlyList<HtmlElement>> RenderAsync(AskChoice choice)
    {
        var renderer = await PageRenderer.Create().RenderAsync<Composer>(
            (nameof(Composer.OnAsk), (string _) => Task.FromResult(true)), (nameof(Composer.OnStop), () => Task.CompletedTask), (nameof(Composer.Choice), choice));
        return await renderer.ElementsAsync();
    }

    private ChatSession Open() => new(_chat, _chat, _images, TimeProvider.System, VisitorId.New());
}
