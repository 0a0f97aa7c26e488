namespace Molmo.Demo.Inference.Engine;

/// <summary>
/// How many positions of prompts may go through in a pass, so that answers in the same pass or behind it get their next
/// tokens in time. Learned from the passes so far; what is computed does not depend on it.
/// </summary>
internal sealed class StepBudget
{
    /// <summary>Most positions of prompts in a pass.</summary>
    public const int MaxPositions = 512;

    /// <summary>Below this a pass costs little less, on any machine.</summary>
    private const int MinPositions = 8;

    /// <summary>Before anything is known.</summary>
    private const int FirstPositions = 32;

    /// <summary>What a prompt may add to the time between two tokens of another answer.</summary>
    public static readonly TimeSpan BesideAnswers = TimeSpan.FromMilliseconds(180);

    /// <summary>
    /// Time that prompts and pictures take, in turn, where no answer waits for a token. In less, a large network gets
    /// too few positions at once for what reading its weights costs.
    /// </summary>
    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(2);

    /// <summary>Weight of the newest pass.</summary>
    private const double Newest = 0.3;

    private double _stepSeconds;
    private double _secondsAPosition;

    /// <summary>Positions of prompts for the next pass.</summary>
    /// <param name="besideAnswers">Whether answers go on in it or wait for its end.</param>
    public int Positions(bool besideAnswers)
    {
        if (_secondsAPosition == 0) return FirstPositions;
        var limit = besideAnswers ? BesideAnswers : Alone;
        return (int)Math.Clamp(limit.TotalSeconds / _secondsAPosition, MinPositions, MaxPositions);
    }

    /// <summary>Whether a picture's next step fits into its turn.</summary>
    /// <param name="step">What it may take: as long as the longest before.</param>
    /// <param name="spent">What the steps before it took.</param>
    /// <param name="besideAnswers">Whether answers wait for its end.</param>
    public static bool HasTimeFor(TimeSpan step, TimeSpan spent, bool besideAnswers)
        => spent + step <= (besideAnswers ? BesideAnswers : Alone);

    /// <summary>Learns from a pass.</summary>
    /// <param name="seconds">What it took.</param>
    /// <param name="positions">Positions of prompts in it; 0 for answers' next tokens alone.</param>
    public void Learn(double seconds, int positions)
    {
        if (positions == 0)
        {
            _stepSeconds = _stepSeconds == 0 ? seconds : Mean(_stepSeconds, seconds);
            return;
        }

        // The weights pass through in any case; what each position adds is the rest.
        var each = Math.Max(seconds - _stepSeconds, seconds / 10) / positions;
        _secondsAPosition = _secondsAPosition == 0 ? each : Mean(_secondsAPosition, each);
    }

    private static double Mean(double before, double now) => before + (Newest * (now - before));
}
