using Molmo.Demo.Server.Sharing;
using Molmo.Demo.Server.Sharing.Exports;

namespace Molmo.Demo.Server.Tests.Sharing;

/// <summary>Exports to write, made without a server.</summary>
internal static class Exported
{
    /// <summary>Two groups on a picture of 800 x 600 pixels.</summary>
    public const string Pointing =
        "The <points x1=\"12.5\" y1=\"50\" x2=\"80\" y2=\"99.95\" alt=\"white boats\">boats</points> and <point "
            + "x=\"0\" y=\"100\" alt=\"dog\">a dog</point>.";

    public static DateTimeOffset Moment { get; } = new(2026, 11, 21, 12, 30, 0, TimeSpan.Zero);

    public static Export Of(string answer = Pointing, string question = "How many boats?", string? address = null)
        => Of(address, [new SharedTurn(question, answer, EndReason.Finished, 1, 800, 600, Conversations.Stamp)]);

    public static Export Of(string? address, ImmutableArray<SharedTurn> turns)
        => Export.Of(Moment, address, turns,
            [new SharedImage(new string('a', 64), "png"), new SharedImage(new string('b', 64), "jpeg")]);
}
