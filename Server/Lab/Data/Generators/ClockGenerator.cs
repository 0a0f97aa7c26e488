namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Faces of clocks with any time, and what time it is.</summary>
internal sealed class ClockGenerator(long seed) : IExampleSource
{
    private static readonly string[] Questions =
    [
        "What time is it?", "What time does the clock show?", "Which time is shown here?", "Read the clock.",
        "Tell me the time on this clock.", "What is the time?", "what time is it", "Can you read this clock for me?",
        "What does this clock say?", "At what time was this picture taken, going by the clock?",
        "What time is displayed?", "Give the time on the clock face.", "How late is it on this clock?",
        "Please tell me what time the hands point to.", "What is the hour and minute on the clock?",
    ];

    private static readonly string[] SecondQuestions =
    [
        "What time is it to the second?", "Read the clock with its seconds.", "What is the time, with seconds?",
        "Give hours, minutes and seconds.", "Which time do the three hands show?",
    ];

    public long Count => Generators.Count;

    public Example Read(long index)
    {
        var random = For(index);
        var clock = ClockFace.Create(random);
        using var sheet = ClockDrawing.Draw(clock, random);
        var annotations = new List<Annotation>
        {
            new(Styles.Clock, random.Pick(Questions), $"The time shown is {clock.Time}."),
        };
        if (clock.SecondHand is not null && random.NextDouble() < 0.5)
            annotations.Add(new Annotation(
                Styles.Clock, random.Pick(SecondQuestions), $"The time shown is {clock.TimeWithSeconds}."));
        return new Example(sheet.ToImage(), annotations);
    }

    /// <summary>What an example shows.</summary>
    internal ClockFace Plan(long index) => ClockFace.Create(For(index));

    private Random For(long index) => SampleRandom.For(seed, "clocks", index);
}
