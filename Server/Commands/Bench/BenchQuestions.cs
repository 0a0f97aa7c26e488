using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Server.Commands.Bench;

/// <summary>
/// Pictures and prompts that differ from run to run from their beginning on, as those of different people do: nothing
/// that an engine keeps of one run shortens the next.
/// </summary>
internal static class BenchQuestions
{
    /// <summary>Side of the squares that get another brightness: smaller than a crop, larger than what scaling down
    /// blurs.</summary>
    private const int Square = 48;

    private const int LargestChange = 16;

    /// <summary>The first question about a run's picture.</summary>
    public static string First(int run) => string.Create(CultureInfo.InvariantCulture, $"{run:D4}: point to the dogs.");

    /// <summary>The second, about the same picture.</summary>
    public static string Second(int run)
        => string.Create(CultureInfo.InvariantCulture, $"How many people are there in number {run:D4}?");

    /// <summary>A question without a picture.</summary>
    /// <param name="run">Of the run.</param>
    /// <param name="number">0 to 9, within the run.</param>
    public static string Text(int run, int number)
        => string.Create(CultureInfo.InvariantCulture, $"{number}{run:D4}: tell me about a dog that likes the sea.");

    /// <summary>A picture with squares a little darker where it is bright and brighter where it is dark, in another
    /// pattern for each run.</summary>
    public static RgbImage Vary(RgbImage image, int run)
    {
        var pixels = (byte[])image.Pixels.Clone();
        var columns = (image.Width + Square - 1) / Square;
        var random = new Random(run);
        var changes = new int[columns * ((image.Height + Square - 1) / Square)];
        foreach (ref var change in changes.AsSpan()) change = random.Next(LargestChange + 1);
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
            {
                var change = changes[(y / Square * columns) + (x / Square)];
                foreach (ref var sample in pixels.AsSpan(((y * image.Width) + x) * 3, 3))
                    sample = (byte)(sample < 128 ? sample + change : sample - change);
            }
        }

        return new RgbImage(image.Width, image.Height, pixels);
    }

    /// <summary>The prompt without its picture: as many ids, of which those after BOS are another run's.</summary>
    /// <param name="prompt">With a picture.</param>
    /// <param name="question">Ids to choose from.</param>
    /// <param name="run">Of the run.</param>
    public static Prompt WithoutImage(Prompt prompt, IReadOnlyList<int> question, int run)
    {
        int[] ids = [.. prompt.TokenIds];
        for (var (i, rest) = (1, run); i < ids.Length && i < 12; i++, rest /= question.Count)
            ids[i] = question[rest % question.Count];
        return new Prompt(ids, null);
    }
}
