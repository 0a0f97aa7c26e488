using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Tests.Fakes;

namespace Molmo.Demo.Client.Tests.Chat;

public class StoredComparisonTests
{
    private const string Text = "<points x1=\"10\" y1=\"20\" x2=\"50\" y2=\"60\" alt=\"cats\">cats</points>";

    private static readonly StoredAnswer Stored = Kept(Text);

    internal static StoredAnswer Kept(
        string text, string file = "scene-03.png", string question = "How many penguins are there?") => new(
            file, question, text, EndReason.Finished, FakeAnswer.Stamp, new SentImage(800, 400, 3, 200),
            new string('0', 64), new DateOnly(2026, 1, 2));

    [Fact]
    public void Of_SameStampAndText_CountsTheDots()
    {
        Assert.Equal(new StoredComparison("Same stamp, same 2 dots.", true),
            StoredComparison.Of(Stored, Run(FakeAnswer.Stamp, Text), Text));
        Assert.Equal("Same stamp, same words.",
            StoredComparison.Of(Kept("None."), Run(FakeAnswer.Stamp, "None."), "None.").Sentence);
        // The seed that a greedy answer drew and the name of the build have no say.
        var other =
            FakeAnswer.Stamp with { EngineVersion = "1.0+4d8b201", Sampling = SamplingChoice.Greedy with { Seed = 7 } };
        Assert.True(StoredComparison.Of(Stored, Run(other, Text), Text)
            is { Agrees: true, Sentence: "Same stamp, same 2 dots." });
    }

    [Fact]
    public void Of_SameStampAndOtherText_SaysThatItMustNotHappen()
    {
        const string text = "<points x1=\"10\" y1=\"20\" x2=\"70\" y2=\"60\" alt=\"cats\">cats</points>";
        var comparison = StoredComparison.Of(Stored, Run(FakeAnswer.Stamp, text), text);
        Assert.False(comparison.Agrees);
        Assert.StartsWith(
            "Same stamp, other text: 1 of 2 dots in the same place, and 1 elsewhere. This must not happen",
            comparison.Sentence, StringComparison.Ordinal);
        // The seed of a drawn answer does have a say.
        var hot = Stored with { Stamp = Stored.Stamp with { Sampling = new SamplingChoice(0.8, Seed: 7) } };
        var drawn = hot.Stamp with { Sampling = hot.Stamp.Sampling with { Seed = 8 } };
        Assert.DoesNotContain(
            "Same stamp", StoredComparison.Of(hot, Run(drawn, text), text).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_AnotherModel_CountsDotsWithinOnePercentOfTheLongerSide()
    {
        var stamp = FakeAnswer.Stamp with { Model = "molmo-7b", Revision = "beef" };
        // 1 % of the width is 8 pixels, which is 2 % of the height.
        const string near = "<points x1=\"10.9\" y1=\"20\" x2=\"50\" y2=\"61.9\" alt=\"cats\">cats</points>";
        Assert.Equal(
            new StoredComparison("Answered by another model (molmo-7b beef): 2 of 2 dots in the same place.", true),
            StoredComparison.Of(Stored, Run(stamp, near), near));
        const string far = "<points x1=\"11.1\" y1=\"20\" x2=\"50\" y2=\"62.1\" alt=\"cats\">cats</points>";
        Assert.Equal("Answered by another model (molmo-7b beef): 0 of 2 dots in the same place, and 2 elsewhere.",
            StoredComparison.Of(Stored, Run(stamp, far), far).Sentence);
    }

    [Fact]
    public void Of_TheSameModelOnAnotherMachine_NamesWhatIsOther()
    {
        var stamp = FakeAnswer.Stamp with { Precision = "int8", Device = new CpuVectors(256, 8) };
        Assert.Equal("Same model in another setting (int8, CPU, 256-bit vectors, 8 threads, engine 1.0): same 2 dots.",
            StoredComparison.Of(Stored, Run(stamp, Text), Text).Sentence);
    }

    [Fact]
    public void Of_ARunThatWasStopped_ComparesNothing()
    {
        var stopped = StoredComparison.Of(Stored, Run(FakeAnswer.Stamp, Text, EndReason.Stopped), Text);
        Assert.Equal(
            new StoredComparison("This run did not come to its end, so there is nothing to compare.", false), stopped);
        Assert.Equal(stopped, StoredComparison.Of(Stored, Run(FakeAnswer.Stamp, Text), text: null));
        Assert.Equal(stopped, StoredComparison.Of(Stored, new Answer(), Text));
    }

    [Fact]
    public void Mark_NamesModelRevisionAndDate()
        => Assert.Equal("Stored answer · molmo-tiny 3f2a91c0ffee · 2 January 2026", StoredWords.Mark(Stored));

    private static Answer Run(EngineStamp stamp, string text, EndReason reason = EndReason.Finished)
    {
        var answer = new Answer();
        var seq = 0;
        answer.Apply(new Started(++seq, stamp, new SentImage(800, 400, 3, 200)));
        foreach (var segment in PointMarkupParser.Parse(text))
        {
            if (segment is TextSegment prose) answer.Apply(new TextDelta(++seq, prose.Text));
            if (segment is not PointSegment group) continue;
            foreach (var point in group.Points)
                answer.Apply(new PointFound(++seq, group.Group, point.N, point.X, point.Y));
            answer.Apply(new PointGroupEnded(++seq, group.Group, group.Text, group.Alt));
        }
        answer.Apply(new Ended(++seq, reason, new TokenUsage(1, 1), new GenerationTimings(0, 0, 0, 0, 0)));
        return answer;
    }
}
