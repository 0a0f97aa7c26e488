namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Charts of made-up data, with questions that the data answers.</summary>
internal sealed class ChartGenerator(long seed) : IExampleSource
{
    private const int MostQuestions = 5;

    public long Count => Generators.Count;

    public Example Read(long index)
    {
        var random = For(index);
        var chart = Plan(random);
        var (sheet, _) = ChartDrawing.Draw(chart, random);
        using (sheet)
        {
            var style = random.Pick([Styles.Chart, Styles.ChartsOfCode]);
            var asked = ChartQuestions.Ask(chart, random, random.Next(2, MostQuestions + 1));
            return new Example(
                sheet.ToImage(), [.. asked.Select(pair => new Annotation(style, pair.Question, pair.Answer))]);
        }
    }

    /// <summary>What an example shows, and where.</summary>
    internal (ChartData Chart, IReadOnlyList<ChartMark> Marks) Plan(long index)
    {
        var random = For(index);
        var chart = Plan(random);
        var (sheet, marks) = ChartDrawing.Draw(chart, random);
        sheet.Dispose();
        return (chart, marks);
    }

    private static ChartData Plan(Random random) => ChartData.Create(
        random, ChartKind.Bar, ChartKind.Bar, ChartKind.HorizontalBar, ChartKind.Line, ChartKind.Pie);

    private Random For(long index) => SampleRandom.For(seed, "charts", index);
}
