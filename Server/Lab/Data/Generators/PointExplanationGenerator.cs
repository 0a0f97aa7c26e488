using Molmo.Demo.Lab.Drawing;

namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Answers that explain by pointing, on charts and on clocks.</summary>
internal sealed class PointExplanationGenerator(long seed) : IExampleSource
{
    private const int MostQuestions = 3;

    public long Count => Generators.Count;

    public Example Read(long index)
    {
        var random = SampleRandom.For(seed, "explanations", index);
        var (sheet, asked) = random.NextDouble() < 0.65 ? AskChart(random) : AskClock(random);
        using (sheet)
            return new Example(
                sheet.ToImage(),
                [.. asked.Select(pair => new Annotation(Styles.PointExplanation, pair.Question, pair.Answer))]);
    }

    /// <summary>The chart of an example with the places of its values; null where it is a clock.</summary>
    internal (ChartData Chart, IReadOnlyList<ChartMark> Marks)? PlanChart(long index)
    {
        var random = SampleRandom.For(seed, "explanations", index);
        if (random.NextDouble() >= 0.65) return null;
        var chart = PickChart(random);
        var (sheet, marks) = ChartDrawing.Draw(chart, random);
        sheet.Dispose();
        return (chart, marks);
    }

    /// <summary>The clock of an example; null where it is a chart.</summary>
    internal ClockFace? PlanClock(long index)
    {
        var random = SampleRandom.For(seed, "explanations", index);
        return random.NextDouble() < 0.65 ? null : ClockFace.Create(random);
    }

    private static ChartData PickChart(Random random) => ChartData.Create(
        random, ChartKind.Bar, ChartKind.Bar, ChartKind.HorizontalBar, ChartKind.Line, ChartKind.Pie);

    private static (Sheet Sheet, IReadOnlyList<(string Question, string Answer)> Asked) AskChart(Random random)
    {
        var chart = PickChart(random);
        var (sheet, marks) = ChartDrawing.Draw(chart, random);
        return (sheet, ChartPointing.Ask(
            chart, [.. marks.Select(mark => (mark, sheet.Percent(mark.At)))], random,
            random.Next(1, MostQuestions + 1)));
    }

    private static (Sheet Sheet, IReadOnlyList<(string Question, string Answer)> Asked) AskClock(Random random)
    {
        var clock = ClockFace.Create(random);
        var sheet = ClockDrawing.Draw(clock, random);
        return (sheet, ClockPointing.Ask(clock, sheet.Percent, random, random.Next(1, MostQuestions + 1)));
    }
}
