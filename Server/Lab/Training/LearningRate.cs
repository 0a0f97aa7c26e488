namespace Molmo.Demo.Lab.Training;

/// <summary>From zero to the peak in a line, then down to a share of it along half a cosine.</summary>
internal static class LearningRate
{
    /// <param name="rates">Peak and warm-up.</param>
    /// <param name="step">From 0.</param>
    /// <param name="steps">Of the stage.</param>
    /// <param name="final">Share of the peak at the end.</param>
    public static double At(ComponentRates rates, long step, long steps, double final)
    {
        // The first step moves already: a whole step at rate zero would be lost.
        if (step < rates.WarmUp) return rates.Peak * (step + 1) / rates.WarmUp;
        if (step >= steps) return rates.Peak * final;
        var done = (double)(step - rates.WarmUp) / Math.Max(1, steps - rates.WarmUp);
        return rates.Peak * (final + ((1 - final) * 0.5 * (1 + Math.Cos(Math.PI * done))));
    }
}
