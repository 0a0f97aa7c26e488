using Molmo.Demo.Lab.Data;
using Molmo.Demo.Lab.Data.Generators;

namespace Molmo.Demo.Server.Tests.Lab.Generators;

public sealed class ClockGeneratorTests
{
    [Fact]
    public void Read_HandsFarApart_StandAtTheTimeThatIsSaid()
    {
        var source = new ClockGenerator(21);
        var looked = 0;
        for (var i = 0; i < 200; i++)
        {
            var (example, clock) = (source.Read(i), source.Plan(i));
            var (hour, minute) = TimeOf(example.Annotations[0]);
            var minuteAngle = (minute * 6) + (clock.Second / 10.0);
            var hourAngle = (hour % 12 * 30) + (minuteAngle / 12);
            if (AreNear(hourAngle, minuteAngle)) continue;
            if (clock.SecondHand is not null
                && (AreNear(hourAngle, clock.Second * 6) || AreNear(minuteAngle, clock.Second * 6))) continue;
            looked++;
            AssertHand(clock.HourHand, hourAngle);
            AssertHand(clock.MinuteHand, minuteAngle);
            if (clock.SecondHand is { } second) AssertHand(second, clock.Second * 6);

            void AssertHand(ClockHand hand, double angle)
            {
                // Seen from the front the clock is a circle; then it is squeezed, and then turned.
                var distance = hand.Length * clock.Radius * 0.6;
                var (x, y) = (Math.Sin(Radians(angle)) * distance * clock.Squash, -Math.Cos(Radians(angle)) * distance);
                var (sin, cos) = Math.SinCos(Radians(clock.Tilt));
                Assert.True(
                    example.Picture!.Has(
                        clock.Center.X + (x * cos) - (y * sin), clock.Center.Y + (x * sin) + (y * cos),
                        hand.Color.Color),
                    $"Example {i}, {clock.Time}: no hand at {angle} degrees.");
            }
        }
        Assert.True(looked > 80, $"Only {looked} clocks could be read.");
    }

    [Fact]
    public void Read_Seconds_AreSaidOnlyWhereTheyAreShown()
    {
        var source = new ClockGenerator(22);
        var withSeconds = 0;
        for (var i = 0; i < 100; i++)
        {
            var (example, clock) = (source.Read(i), source.Plan(i));
            Assert.Equal($"The time shown is {clock.Time}.", example.Annotations[0].Answer);
            Assert.All(example.Annotations, annotation => Assert.Equal(Styles.Clock, annotation.Style));
            if (example.Annotations.Count == 1) continue;
            withSeconds++;
            Assert.NotNull(clock.SecondHand);
            Assert.Equal($"The time shown is {clock.TimeWithSeconds}.", example.Annotations[1].Answer);
        }
        Assert.True(withSeconds > 5);
    }

    [Theory]
    [InlineData(3, 0, 90, 0)]
    [InlineData(12, 30, 15, 180)]
    [InlineData(10, 10, 305, 60)]
    public void HourHand_GoesOnWithTheMinutes(int hour, int minute, double hourAngle, double minuteAngle)
    {
        var clock = ClockFace.Create(new Random(1)) with { Hour = hour, Minute = minute, Second = 0 };

        Assert.Equal(hourAngle, clock.HourAngle, 6);
        Assert.Equal(minuteAngle, clock.MinuteAngle, 6);
    }

    [Fact]
    public void Create_HandsAndFace_CanBeToldApart()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var clock = ClockFace.Create(new Random(seed));
            Assert.True(clock.MinuteHand.Length - clock.HourHand.Length > 0.2);
            Assert.True(Palette.AreFar(clock.Face, clock.HourHand.Color.Color));
            Assert.True(Palette.AreFar(clock.Face, clock.MinuteHand.Color.Color));
            Assert.True(clock.Numerals != Numerals.None || (clock.Tilt == 0 && clock.Ticks != Ticks.None));
        }
    }

    private static (int Hour, int Minute) TimeOf(Annotation annotation)
    {
        var parts = annotation.Answer["The time shown is ".Length..^1].Split(':');
        return (int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    private static bool AreNear(double a, double b)
    {
        var between = Math.Abs(a - b) % 360;
        // Opposite ones are left out as well: hands have tails.
        return Math.Min(between, 360 - between) is < 20 or > 160;
    }

    private static double Radians(double degrees) => degrees * Math.PI / 180;
}
