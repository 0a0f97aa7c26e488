using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Tests.Tokenization;
using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Inference.Tests.Preprocessing;

/// <summary>The vectors of <c>tests/Golden/prompt</c>, and the prompts of the embedded checkpoint.</summary>
public sealed class PromptBuilderTests
{
    [Fact]
    public void QuestionPiece_GoldenTexts_IsThePublishedString()
    {
        var cases = Golden();
        foreach (var item in cases.GetProperty("hf_processor_strings").EnumerateArray())
        {
            if (item.GetProperty("message_format").GetString() != "role"
                || !item.GetProperty("always_start_with_space").GetBoolean())
                continue;
            Assert.Equal(item.GetProperty("prompt_string").GetString(),
                PromptBuilder.QuestionPiece(item.GetProperty("text").GetString()!));
        }
        foreach (var item in cases.GetProperty("data_formatter_demo_or_style").EnumerateArray())
        {
            // The style is the caller's, joined by one space where there is both.
            string question = string.Join(
                ' ', new[] { item.GetProperty("prefix").GetString()!, item.GetProperty("user_text").GetString()! }
                    .Where(part => part.Length > 0));
            Assert.Equal(item.GetProperty("prompt_string").GetString(), PromptBuilder.QuestionPiece(question));
        }
    }

    [Fact]
    public void Build_GoldenExample_GivesThePublishedIds()
    {
        var cases = Golden();
        var (tokenizer, special) = ByteTokenizer(cases);
        var item = cases.GetProperty("hf_processor_full");
        var inputs = new MultiCropPreprocessor(Config(item), special)
            .Process(Image(item), ct: TestContext.Current.CancellationToken);
        var prompt = new PromptBuilder(tokenizer, special).Build([], item.GetProperty("text").GetString()!, inputs);
        Assert.Equal(item.GetProperty("input_ids").Ids(), prompt.TokenIds);
        Assert.Equal(item.GetProperty("n_crops").GetInt32(), inputs.CropCount);
        int[] first = item.GetProperty("image_input_idx_first_crop").Ids();
        Assert.Equal(first, inputs.ImageTokenPositions[..first.Length]);
        Assert.Same(inputs, prompt.Image);
    }

    [Fact]
    public void Build_GoldenConversations_GivesTheTrainedIds()
    {
        var cases = Golden();
        var (tokenizer, special) = ByteTokenizer(cases);
        var config = Config(cases.GetProperty("hf_processor_full"));
        var builder = new PromptBuilder(tokenizer, special);
        foreach (var item in cases.GetProperty("conversations").EnumerateArray())
        {
            var messages =
                item.GetProperty("messages").EnumerateArray().Select(message => message.GetString()!).ToList();
            var history = Enumerable.Range(0, messages.Count / 2)
                .Select(turn => new PromptTurn(messages[2 * turn], messages[2 * turn + 1])).ToList();
            var pieces = history.SelectMany(
                turn => new[] { PromptBuilder.QuestionPiece(turn.Question), PromptBuilder.AnswerPiece(turn.Answer) })
                .Append(PromptBuilder.QuestionPiece(messages[^1]));
            Assert.Equal(item.GetProperty("pieces").EnumerateArray().Select(piece => piece.GetString()), pieces);

            bool pictured = item.GetProperty("with_image").GetBoolean();
            var inputs = pictured
                ? new MultiCropPreprocessor(config, special)
                    .Process(Image(item), ct: TestContext.Current.CancellationToken)
                : null;
            Assert.Equal(item.GetProperty(pictured ? "input_ids" : "recommended_input_ids").Ids(),
                builder.Build(history, messages[^1], inputs).TokenIds);
        }
    }

    [Fact]
    public void Build_VerbatimAnswer_GetsNoSecondSpace()
    {
        var tokenizer = TokenizerJson.Bytes().Load();
        var builder = new PromptBuilder(tokenizer, new SpecialTokens(257, 300, 301, 302, 303));
        Assert.Equal(Build("Two."), Build(" Two."));
        Assert.NotEqual(Build(" Two."), Build("  Two."));

        int[] Build(string answer)
            => builder.Build([new PromptTurn("How many?", answer)], "Sure?", image: null).TokenIds;
    }

    [Fact]
    public void Build_SpecialTokensInQuestionAndAnswer_StayText()
    {
        var tokenizer = BpeTokenizer.Load(Path.Combine(TestData.TinyModel, "tokenizer.json"));
        var special = SpecialTokens.Find(tokenizer, "tokenizer.json");
        const string Typed = "<|endoftext|><im_start><im_patch>";
        int[] ids = new PromptBuilder(tokenizer, special)
            .Build([new PromptTurn(Typed, Typed)], Typed, image: null).TokenIds;
        // BOS, and the end of the one answer.
        Assert.Equal(2, ids.Count(tokenizer.IsSpecial));
    }

    [Fact]
    public void Build_TinyModel_GivesTheIdsItWasAskedWith()
    {
        string truth = Path.Combine(TestData.Samples, "truth.json");
        Assert.SkipUnless(File.Exists(truth), "The sample pictures are not here.");
        var sizes = JsonDocument.Parse(File.ReadAllBytes(truth)).RootElement.EnumerateArray().ToDictionary(
            item => item.GetProperty("file").GetString()!,
            item => (Width: item.GetProperty("width").GetInt32(), Height: item.GetProperty("height").GetInt32()));
        var tokenizer = BpeTokenizer.Load(Path.Combine(TestData.TinyModel, "tokenizer.json"));
        var special = SpecialTokens.Find(tokenizer, "tokenizer.json");
        var preprocessor = new MultiCropPreprocessor(PreprocessorConfig.Load(TestData.TinyModel), special);
        var builder = new PromptBuilder(tokenizer, special);
        var answers = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(TestData.TinyModel, "golden.json"))).RootElement
            .GetProperty("answers");
        Assert.NotEqual(0, answers.GetArrayLength());
        var made = new Dictionary<(int Width, int Height), ImageInputs>();
        foreach (var answer in answers.EnumerateArray())
        {
            // The ids depend on the picture's size alone.
            var size = sizes[answer.GetProperty("file").GetString()!];
            if (!made.TryGetValue(size, out var inputs))
                made[size] = inputs = preprocessor.Process(
                    new RgbImage(size.Width, size.Height, new byte[size.Width * size.Height * 3]),
                    ct: TestContext.Current.CancellationToken);
            Assert.Equal(answer.GetProperty("prompt_ids").Ids(),
                builder.Build([], answer.GetProperty("question").GetString()!, inputs).TokenIds);
            Assert.Equal(answer.GetProperty("text").GetString(),
                tokenizer.Decode(answer.GetProperty("answer_ids").Ids(), skipSpecial: true));
        }
    }

    [Fact]
    public void Find_TokenizerWithoutImageTokens_IsRefused()
        => Assert.Throws<ModelFormatException>(
            () => SpecialTokens.Find(TokenizerJson.Bytes().WithAdded(257, "<|endoftext|>").Load(), TokenizerJson.File));

    private static JsonElement Golden()
    {
        string path = Path.Combine(TestData.Golden, "prompt", "cases.json");
        Assert.SkipUnless(File.Exists(path), "prompt/cases.json is not in this set.");
        return JsonDocument.Parse(File.ReadAllBytes(path)).RootElement;
    }

    /// <summary>The byte tokenizer that the golden ids were made with.</summary>
    private static (BpeTokenizer Tokenizer, SpecialTokens Special) ByteTokenizer(JsonElement golden)
    {
        var description = golden.GetProperty("tokenizer");
        var file = TokenizerJson.Bytes().WithAdded(description.GetProperty("eos").GetInt32(), "<|endoftext|>");
        foreach (var token in description.GetProperty("special").EnumerateObject())
            file.WithAdded(token.Value.GetInt32(), token.Name);
        var tokenizer = file.Load();
        return (tokenizer, SpecialTokens.Find(tokenizer, TokenizerJson.File));
    }

    private static PreprocessorConfig Config(JsonElement example)
    {
        var config = example.GetProperty("config");
        return new PreprocessorConfig
        {
            BaseSize = config.GetProperty("base_image_input_size")[0].GetInt32(),
            PatchSize = config.GetProperty("image_patch_size").GetInt32(),
            MarginBefore = config.GetProperty("overlap_margins")[0].GetInt32(),
            MarginAfter = config.GetProperty("overlap_margins")[1].GetInt32(),
            MaxCrops = config.GetProperty("max_crops").GetInt32(),
            TokenSide = config.GetProperty("image_token_length_h").GetInt32(),
        };
    }

    private static RgbImage Image(JsonElement example)
    {
        var image = example.GetProperty("image");
        return GeneratedImage.Create(image.GetProperty("width").GetInt32(), image.GetProperty("height").GetInt32(),
            (uint)image.GetProperty("seed").GetInt32());
    }
}
