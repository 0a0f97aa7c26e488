using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Server.Commands.Bench;

namespace Molmo.Demo.Server.Tests.Commands.Bench;

/// <summary>No run may find anything of an earlier one.</summary>
public sealed class BenchQuestionsTests
{
    private const int MostRuns = 1000;

    [Theory]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(255)]
    public void Vary_BlankPicture_DiffersInEveryPartButLittle(byte sample)
    {
        var pixels = new byte[960 * 720 * 3];
        Array.Fill(pixels, sample);
        var blank = new RgbImage(960, 720, pixels);
        var (first, second) = (BenchQuestions.Vary(blank, 0), BenchQuestions.Vary(blank, 1));

        Assert.Equal(first.Pixels, BenchQuestions.Vary(blank, 0).Pixels);
        Assert.DoesNotContain(blank.Pixels, pixel => pixel != sample);
        Assert.InRange(first.Pixels.Max() - first.Pixels.Min(), 1, 16);
        for (var top = 0; top + 224 <= 720; top += 224)
        {
            for (var left = 0; left + 224 <= 960; left += 224)
                Assert.False(Part(first, left, top).SequenceEqual(Part(second, left, top)), $"At {left}, {top}.");
        }
    }

    [Fact]
    public void Vary_OddSizes_KeepsThem()
    {
        var image = BenchQuestions.Vary(new RgbImage(49, 1, new byte[49 * 3]), 7);
        Assert.Equal((49, 1), (image.Width, image.Height));
    }

    [Fact]
    public void WithoutImage_EveryRun_HasAnotherBeginning()
    {
        var prompt = new Prompt([1, .. Enumerable.Repeat(500, 40), 7, 8, 9], null);
        int[] question = [10, 11, 12, 13, 14];
        var prompts = Enumerable.Range(0, MostRuns)
            .Select(run => BenchQuestions.WithoutImage(prompt, question, run)).ToList();

        Assert.All(
            prompts,
            p => Assert.Equal((prompt.TokenIds.Length, null, 1), (p.TokenIds.Length, p.Image, p.TokenIds[0])));
        Assert.Equal(MostRuns, prompts.Select(p => string.Join(' ', p.TokenIds[1..12])).Distinct().Count());
        Assert.Equal(500, prompt.TokenIds[1]);
    }

    [Fact]
    public void Questions_OfAllRuns_AreDifferent()
    {
        var all = Enumerable.Range(0, MostRuns).SelectMany(run => (string[])[BenchQuestions.First(run),
            BenchQuestions.Second(run), .. Enumerable.Range(0, 9).Select(i => BenchQuestions.Text(run, i))]).ToList();
        Assert.Equal(all.Count, all.Distinct().Count());
        Assert.Single(all.Where((_, i) => i % 11 == 0).Select(question => question.Length).Distinct());
    }

    private static byte[] Part(RgbImage image, int left, int top)
        => [.. Enumerable.Range(top, 224).SelectMany(
            y => image.Pixels.AsSpan(((y * image.Width) + left) * 3, 224 * 3).ToArray())];
}
