namespace Molmo.Demo.Inference.Tests.Model;

/// <summary>Two models' logits over the same contexts.</summary>
internal sealed class LogitComparison
{
    private double _divergence;
    private int _agreeing;

    public int Tokens { get; private set; }

    /// <summary>Largest difference of a logit.</summary>
    public double LargestError { get; private set; }

    /// <summary>Tokens whose margin over the second exceeds the largest logit difference of their step.</summary>
    public int ClearTokens { get; private set; }

    /// <summary>Those among them that are no longer the likeliest.</summary>
    public int LostClearTokens { get; private set; }

    /// <summary>Share of contexts with the same likeliest token.</summary>
    public double Agreement => (double)_agreeing / Tokens;

    /// <summary>Kullback-Leibler divergence from the exact distribution, mean of all contexts, in nats.</summary>
    public double Divergence => _divergence / Tokens;

    public void Add(ReadOnlySpan<float> exact, ReadOnlySpan<float> found, int token, double margin)
    {
        var noise = 0.0;
        for (var i = 0; i < exact.Length; i++) noise = Math.Max(noise, Math.Abs((double)exact[i] - found[i]));
        var isKept = RunnerDriver.Likeliest(found) == token;
        Tokens++;
        if (RunnerDriver.Likeliest(exact) == RunnerDriver.Likeliest(found)) _agreeing++;
        if (margin > noise) ClearTokens++;
        if (margin > noise && !isKept) LostClearTokens++;
        LargestError = Math.Max(LargestError, noise);

        var (exactSum, foundSum) = (LogSumOfExponentials(exact), LogSumOfExponentials(found));
        for (var i = 0; i < exact.Length; i++)
        {
            var (p, q) = (exact[i] - exactSum, found[i] - foundSum);
            _divergence += Math.Exp(p) * (p - q);
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"top-1 {Agreement:p1} | KL {Divergence:g3} | largest logit error {LargestError:g3} | clear tokens "
            + $"{ClearTokens} of {Tokens}, lost {LostClearTokens}");

    private static double LogSumOfExponentials(ReadOnlySpan<float> logits)
    {
        var largest = (double)logits[RunnerDriver.Likeliest(logits)];
        var sum = 0.0;
        foreach (var logit in logits) sum += Math.Exp(logit - largest);
        return largest + Math.Log(sum);
    }
}
