using SkiaSharp;

namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Questions about a clock that are answered by pointing at its parts.</summary>
internal static class ClockPointing
{
    /// <summary>Where on a hand is pointed, in parts of its length.</summary>
    public const double PartOfHand = 0.7;

    // Hands nearer than that hide each other.
    private const double LeastDegrees = 14;

    /// <param name="clock">What is asked about.</param>
    /// <param name="percent">Pixels as percent of the picture's sides.</param>
    /// <param name="random">Of the example.</param>
    /// <param name="count">At most so many questions, each of another sort.</param>
    public static IReadOnlyList<(string Question, string Answer)> Ask(
        ClockFace clock, Func<SKPoint, (double X, double Y)> percent, Random random, int count)
    {
        var asked = new List<(string, string)> { Center() };
        var hands = Hands(clock);
        foreach (var (name, hand, angle) in hands)
            if (hands.All(other => other.Name == name || AreApart(angle, other.Angle)))
                asked.Add(Hand(name, hand, angle));
        if (asked.Count == hands.Length + 1) asked.Add(Reading());
        (string, string)[] order = [.. asked];
        random.Shuffle(order);
        return [.. order.Take(count)];

        (string, string) Center()
        {
            var point = Wording.Point(percent(clock.Place(0, 0)), "center of the clock", "here");
            return (random.Pick(
                ["Where is the center of the clock?", "Where are the hands fixed?", "Show me the middle of the dial."]),
                random.Pick([$"The hands are fixed {point}, in the middle.", $"The middle of the dial is {point}."]));
        }

        (string, string) Hand(string name, ClockHand hand, double angle)
        {
            var label = $"{name} hand";
            var at = percent(clock.Place(angle, hand.Length * PartOfHand));
            var color = hand.Color.Name;
            return (random.Pick(
                [$"Where is the {label}?", $"Which one is the {label}?", $"Can you show me the {label}?",
                    $"Find the {label} of this clock."]),
                random.Pick(
                [
                    $"The {label} is {Wording.Point(at, label, $"the {color} one")}.",
                    $"{Wording.Point(at, label, "This")} is the {label}; it is {color}.",
                    $"The {label} is {Wording.Point(at, label, "here")}.",
                ]));
        }

        (string, string) Reading()
        {
            var (hour, minute) = (hands[0], hands[1]);
            var hourPoint = Wording.Point(
                percent(clock.Place(hour.Angle, hour.Hand.Length * PartOfHand)), "hour hand", "hour hand");
            var minutePoint = Wording.Point(
                percent(clock.Place(minute.Angle, minute.Hand.Length * PartOfHand)), "minute hand", "minute hand");
            var state = clock.Minute == 0 ? "stands at" : "has passed";
            return (random.Pick(
                ["How do you read the time here?", "Explain what time it is.", "Why is it this time? Show the hands."]),
                $"The {hourPoint} {state} {clock.Hour} and the {minutePoint} is at {clock.Minute} minutes, "
                    + $"so the time is {clock.Time}.");
        }
    }

    private static (string Name, ClockHand Hand, double Angle)[] Hands(ClockFace clock)
    {
        (string, ClockHand, double)[] two =
            [("hour", clock.HourHand, clock.HourAngle), ("minute", clock.MinuteHand, clock.MinuteAngle)];
        return clock.SecondHand is { } second ? [.. two, ("second", second, clock.SecondAngle)] : two;
    }

    private static bool AreApart(double a, double b)
    {
        var between = Math.Abs(a - b) % 360;
        return Math.Min(between, 360 - between) >= LeastDegrees;
    }
}
