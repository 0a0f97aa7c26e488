using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Tokenization;
using Molmo.Demo.Lab.Data;
using Molmo.Demo.Lab.Training;
using static TorchSharp.torch;

namespace Molmo.Demo.Server.Tests.Lab.Training;

/// <summary>Several annotations of a picture in one sequence.</summary>
[Collection(TrainingData.OneAtATime)]
public sealed class PackingTests
{
    [Theory]
    [InlineData("qwen2")]
    [InlineData("olmo")]
    [InlineData("olmoe")]
    public void Gradient_OfThePackedForm_IsThatOfSeparatePairs(string family)
    {
        var example = TrainingData.Dogs;
        // Each pair alone has weight one; packed it has the root of a third.
        var weight = (double)(float)Math.Sqrt(1.0 / example.Annotations.Count);
        using var packed = Gradients(family, [example], scale: 1);
        using var separate = Gradients(
            family, [.. example.Annotations.Select(one => example with { Annotations = [one] })], weight);
        using var distance = (packed - separate).norm();
        using var size = packed.norm();
        Assert.True(size.item<double>() > 0.1, "The gradient is nothing: the test tests nothing.");
        Assert.InRange(distance.item<double>() / size.item<double>(), 0, 1e-12);
    }

    [Fact]
    public void Gradient_OfABatchOfDifferentLengths_IsTheSumOfItsSequences()
    {
        Example[] examples =
        [
            TrainingData.Dogs, TrainingData.Dogs with { Annotations = [TrainingData.Dogs.Annotations[1]] },
            new Example(null, [new Annotation(Styles.UserQuestion, "Hello?", "Hello.")]),
        ];
        using var model = GradientTests.Model("qwen2", ScalarType.Float64);
        using var scope = NewDisposeScope();
        var items = examples.Select(example => TrainingData.Item(example)).ToList();
        var stage = TrainingData.Stage with { PatchWeight = 0, WindowWeight = 0 };
        using var together = TrainingBatch.Of(items, model.Format);
        model.Loss(together, stage, 10, 1).Loss.backward();
        using var expected = Take(model);
        foreach (var item in items)
        {
            using var alone = TrainingBatch.Of([item], model.Format);
            model.Loss(alone, stage, 10, 1).Loss.backward();
        }

        using var found = Take(model);
        Assert.InRange((found - expected).norm().item<double>() / expected.norm().item<double>(), 0, 1e-12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Accumulate_InPartsOfAnyLength_SumsToTheGradientOfTheWhole(int partLength)
    {
        // Answers of different lengths: parts that were each divided by their own tokens would not sum to the whole.
        var items = new[]
        {
            TrainingData.Dogs, TrainingData.Dogs with { Annotations = [TrainingData.Dogs.Annotations[0]] },
            TrainingData.Dogs with { Annotations = [TrainingData.Dogs.Annotations[1]] }, TrainingData.Dogs,
        }.Select(example => TrainingData.Item(example)).ToList();
        var total = items.Sum(item => item.Sequence.Weights.Sum(weight => (double)weight));
        using var model = GradientTests.Model("qwen2", ScalarType.Float64);
        using var scope = NewDisposeScope();
        using var whole = Sum(items.Count);
        using var parts = Sum(partLength);
        Assert.True(whole.norm().item<float>() > 0.1, "The gradient is nothing: the test tests nothing.");
        Assert.InRange((parts - whole).norm().item<float>() / whole.norm().item<float>(), 0, 1e-6);

        Tensor Sum(int length)
        {
            var chunks = items.Chunk(length).ToList();
            foreach (var chunk in chunks)
            {
                using var batch = TrainingBatch.Of(chunk, model.Format);
                model.Accumulate(batch, TrainingData.Stage, total, chunks.Count);
            }

            var sum = cat([.. model.Components.Select(component => component.Gradient)], 0);
            using (no_grad())
                foreach (var component in model.Components) component.Gradient.zero_();
            return sum;
        }
    }

    [Fact]
    public void Pack_CaptionsThatAreAskedFor_HaveWordsAndNoTranscript()
    {
        Annotation[] annotations = [new(Styles.LongCaption, "", "A dog."), new(Styles.Transcript, "", "so a dog")];
        var packer = new SequencePacker(
            TrainingData.Tokenizer, TrainingData.Special, TrainingData.Stage with { AsksForCaptions = true });
        var (random, tagged, asked) = (new Random(1), 0, new HashSet<string>());
        for (var i = 0; i < 400; i++)
        {
            var text = TrainingData.Tokenizer.Decode(packer.Pack(annotations, [], random).TokenIds, skipSpecial: true);
            Assert.EndsWith(" Assistant: A dog.", text, StringComparison.Ordinal);
            var question = text[" User: ".Length..^" Assistant: A dog.".Length];
            if (question.StartsWith("long_caption: ", StringComparison.Ordinal)) tagged++;
            asked.Add(question.Replace("long_caption: ", "", StringComparison.Ordinal));
        }

        Assert.Empty(asked.Except(Phrasings.DescribeTemplates));
        Assert.InRange(asked.Count, 20, Phrasings.DescribeTemplates.Count);
        // As questions of no skill: one time in ten.
        Assert.InRange(tagged, 20, 60);
    }

    [Fact]
    public void Hidden_WithDropoutOfAnswers_LeavesThePictureAndTheQuestions()
    {
        using var model = GradientTests.Model("qwen2", ScalarType.Float64);
        using var scope = NewDisposeScope();
        using var batch = TrainingBatch.Of([TrainingData.Item(TrainingData.Dogs)], model.Format);
        var answers = batch.AnswerRows.flatten().data<bool>().ToArray();
        Assert.InRange(answers.Count(isAnswer => isAnswer), 10, answers.Length - 10);
        Assert.Equal(answers, Changed(textOnly: true));
        Assert.DoesNotContain(false, Changed(textOnly: false));

        bool[] Changed(bool textOnly)
        {
            var stage = TrainingData.Stage with { Dropout = 0.5, TextOnlyDropout = textOnly };
            return [.. Hidden(1).ne(Hidden(2)).any(1).data<bool>()];

            Tensor Hidden(long seed)
            {
                manual_seed(seed);
                var tokens = model.Network.Connector.forward(
                    model.Network.Vision.Forward(batch.Pictures!.Patches, CancellationToken.None)
                        .index_select(0, batch.Pictures.CropSources), batch.Pictures.Masks);
                return model.Hidden(batch, tokens, stage);
            }
        }
    }

    [Fact]
    public void Pack_ThreePairs_SeeThePictureAndThemselvesAndGoOnFromItsPositions()
    {
        var item = TrainingData.Item(TrainingData.Dogs);
        var sequence = item.Sequence;
        var shared = 1 + item.Image!.ImageTokenIds.Length;
        Assert.All(sequence.Segments.Take(shared), number => Assert.Equal(PackedSequence.Everyone, number));
        foreach (var pair in (int[])[1, 2, 3])
        {
            var first = Array.IndexOf(sequence.Segments, pair);
            Assert.Equal(shared, sequence.Positions[first]);
            Assert.True(sequence.Sees(first, 0) && sequence.Sees(first, shared - 1) && sequence.Sees(first, first));
            Assert.True(sequence.Sees(first + 1, first) && !sequence.Sees(first, first + 1));
            for (var other = shared; other < first; other++) Assert.False(sequence.Sees(first, other));
            var last = Array.LastIndexOf(sequence.Segments, pair);
            // The end of text is learned, and nothing after it.
            Assert.Equal(TrainingData.Special.Bos, sequence.TokenIds[last]);
            Assert.Equal(TrainingData.Special.Bos, sequence.Targets[last - 1]);
            Assert.Equal(-1, sequence.Targets[last]);
        }

        // Answers alone are learned, each token as what follows, with the root of a third.
        for (var i = 0; i < sequence.Length; i++)
        {
            if (sequence.Targets[i] < 0) Assert.Equal(0, sequence.Weights[i]);
            else
                Assert.Equal(
                    (sequence.TokenIds[i + 1], (float)Math.Sqrt(1 / 3.0)), (sequence.Targets[i], sequence.Weights[i]));
        }

        int[] learned = [.. sequence.Targets.Where((target, i) => target >= 0 && sequence.Segments[i] == 1)];
        Assert.Equal(
            $" {TrainingData.Dogs.Annotations[0].Answer}",
            TrainingData.Tokenizer.Decode(learned.AsSpan(0, learned.Length - 1), skipSpecial: false));
    }

    [Fact]
    public void Pack_Tenths_WeighAsTheStageSays()
    {
        var tokenizer = BpeTokenizer.Load(Path.Combine(
            TestData.Repository, "Server", "Lab", "Recipes", "molmo-tiny", "model", "tokenizer.json"));
        var packer = new SequencePacker(
            tokenizer, SpecialTokens.Find(tokenizer, "tokenizer.json"), TrainingData.Stage with { TenthWeight = 0.25 });
        var packed = packer.Pack(
            [new Annotation(Styles.Pointing, "Point to the dogs.", PointText.Markup("dogs", [(20.5, 31), (7, 60.9)]))],
            [], new Random(1));
        var light = packed.Targets.Zip(packed.Weights).Where(item => item.First >= 0 && item.Second < 1).ToList();
        Assert.Equal(
            [".0", ".9", ".5", ".0"], light.Select(item => tokenizer.Decode([item.First], skipSpecial: false)));
        Assert.All(light, item => Assert.Equal(0.25f, item.Second));
    }

    [Fact]
    public void Pack_CaptionsAndTranscripts_TakeOneTranscriptWithHintsNineTimesInTen()
    {
        Annotation[] annotations =
        [
            new(Styles.LongCaption, "", new string('a', 300)), new(Styles.Transcript, "", "one"),
            new(Styles.Transcript, "", "two"),
        ];
        var packer = new SequencePacker(TrainingData.Tokenizer, TrainingData.Special, TrainingData.Stage);
        var (hinted, hints, transcripts) = (0, new List<int>(), new HashSet<string>());
        var random = new Random(1);
        for (var i = 0; i < 400; i++)
        {
            var sequence = packer.Pack(annotations, [], random);
            Assert.Equal(2, sequence.Segments.Max(number => number == PackedSequence.Everyone ? 0 : number));
            var text = TrainingData.Tokenizer.Decode(sequence.TokenIds, skipSpecial: true);
            Assert.Contains(" User: long_caption", text, StringComparison.Ordinal);
            transcripts.Add(text[^3..]);
            var head = text[" User: long_caption".Length..text.IndexOf(':', " User: long_caption".Length)];
            if (head.Length == 0) continue;
            hinted++;
            hints.Add(int.Parse(head, CultureInfo.InvariantCulture));
        }

        Assert.Equal(["one", "two"], transcripts.Order());
        Assert.InRange(hinted, 340, 380);
        // 300 characters by 15, less the half that rounding down takes; the noise is 25 by 15.
        Assert.InRange(hints.Average(), 19.2, 19.8);
        Assert.InRange(Math.Sqrt(hints.Average(hint => Math.Pow(hint - hints.Average(), 2))), 1.4, 2);
    }

    private static Tensor Gradients(string family, Example[] examples, double scale)
    {
        using var model = GradientTests.Model(family, ScalarType.Float64);
        using var scope = NewDisposeScope();
        var stage = TrainingData.Stage with { PatchWeight = 0, WindowWeight = 0 };
        foreach (var example in examples)
        {
            using var batch = TrainingBatch.Of([TrainingData.Item(example)], model.Format);
            (model.Loss(batch, stage, 1, 1).Loss * scale).backward();
        }

        return Take(model).MoveToOuterDisposeScope();
    }

    /// <summary>All gradients in one, which are cleared.</summary>
    private static Tensor Take(TrainedModel model)
    {
        using var scope = NewDisposeScope();
        var parameters = model.Network.parameters().ToList();
        Assert.All(parameters, parameter => Assert.NotNull(parameter.grad));
        var flat = cat([.. parameters.Select(parameter => parameter.grad!.flatten())], 0).clone();
        foreach (var parameter in parameters) parameter.grad!.zero_();
        return flat.MoveToOuterDisposeScope();
    }
}
