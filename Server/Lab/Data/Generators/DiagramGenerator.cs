namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Flow charts and trees, with questions about their order.</summary>
internal sealed class DiagramGenerator(long seed) : IExampleSource
{
    private const int MostQuestions = 4;

    public long Count => Generators.Count;

    public Example Read(long index)
    {
        var random = For(index);
        var diagram = DiagramData.Create(random);
        using var sheet = DiagramDrawing.Draw(diagram, random);
        var asked = DiagramQuestions.Ask(diagram, random, random.Next(2, MostQuestions + 1));
        return new Example(
            sheet.ToImage(),
            [.. asked.Select(pair => new Annotation(Styles.DiagramsOfCode, pair.Question, pair.Answer))]);
    }

    /// <summary>What an example shows.</summary>
    internal DiagramData Plan(long index) => DiagramData.Create(For(index));

    private Random For(long index) => SampleRandom.For(seed, "diagrams", index);
}
