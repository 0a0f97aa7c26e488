namespace Molmo.Demo.Server.Chat;

/// <summary>Counts tokens and measures times of one answer, from the question on.</summary>
internal sealed class AnswerProgress(TimeProvider time)
{
    private readonly long _asked = time.GetTimestamp();
    private double _queuedMs;
    private double _preprocessMs;
    private double _firstTokenMs;
    private double _lastTokenMs;
    private bool _admitted;

    public int PromptTokens { get; set; }

    public int AnswerTokens { get; private set; }

    /// <summary>Tokens of the answer that were there before it was gone on with.</summary>
    public int WrittenTokens { get; set; }

    public TokenUsage Usage => new(PromptTokens, WrittenTokens + AnswerTokens);

    public GenerationTimings Timings
    {
        get
        {
            var now = Now();
            var decoding = _lastTokenMs - _firstTokenMs;
            return new GenerationTimings(
                _admitted ? _queuedMs : now, _preprocessMs, _firstTokenMs, now,
                AnswerTokens > 1 && decoding > 0 ? (AnswerTokens - 1) * 1000 / decoding : 0);
        }
    }

    /// <summary>The wait is over.</summary>
    public void Admit()
    {
        _queuedMs = Now();
        _admitted = true;
    }

    public void Prepared(int promptTokens, double preprocessMs)
    {
        PromptTokens = promptTokens;
        _preprocessMs = preprocessMs;
    }

    public void AddToken()
    {
        _lastTokenMs = Now();
        if (AnswerTokens++ == 0) _firstTokenMs = _lastTokenMs;
    }

    private double Now() => time.GetElapsedTime(_asked).TotalMilliseconds;
}
