namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Tables of made-up data, with questions that their cells answer.</summary>
internal sealed class TableGenerator(long seed) : IExampleSource
{
    private const int MostQuestions = 5;

    public long Count => Generators.Count;

    public Example Read(long index)
    {
        var random = For(index);
        var table = TableData.Create(random);
        using var sheet = TableDrawing.Draw(table, random);
        var asked = TableQuestions.Ask(table, random, random.Next(2, MostQuestions + 1));
        return new Example(
            sheet.ToImage(), [.. asked.Select(pair => new Annotation(Styles.Table, pair.Question, pair.Answer))]);
    }

    /// <summary>What an example shows.</summary>
    internal TableData Plan(long index) => TableData.Create(For(index));

    private Random For(long index) => SampleRandom.For(seed, "tables", index);
}
