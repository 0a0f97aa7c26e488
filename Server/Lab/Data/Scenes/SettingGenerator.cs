using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Scenes;

/// <summary>Scenes where things are at home: penguins on ice, fish in the sea, fruit on a table.</summary>
/// <param name="seed">The same seed and number give the same scene.</param>
/// <param name="scale">Of the picture's sides: 1 gives about 320 pixels.</param>
internal sealed class SettingGenerator(long seed, double scale = 1) : IExampleSource
{
    public long Count => 1_000_000;

    public Example Read(long index)
    {
        var random = SampleRandom.For(seed, "settings", index);
        var (width, height) = random.Pick(SceneGenerator.Sizes);
        var setting = random.Pick(Setting.All);
        var size = new SKSizeI((int)(width * scale), (int)(height * scale));
        var (picture, things) = SettingPicture.Draw(setting, size, Choose(setting, random), random);
        return new Example(Weathering.Apply(picture, random), SceneQuestions.Of(things, Kinds.All, random))
        {
            Objects = things,
        };
    }

    /// <summary>One to three kinds, of which some are strangers to the place.</summary>
    private static List<(Kind Kind, int Count)> Choose(Setting setting, Random random)
    {
        var number = random.Next(1, 4);
        var chosen = new List<(Kind Kind, int Count)>();
        while (chosen.Count < number)
        {
            var kind = random.Pick(random.Next(6) == 0 ? Kinds.All : setting.Kinds);
            if (chosen.All(item => item.Kind != kind)) chosen.Add((kind, random.Next(1, number == 1 ? 8 : 6)));
        }

        return chosen;
    }
}
