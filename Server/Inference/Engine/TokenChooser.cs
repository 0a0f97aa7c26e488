namespace Molmo.Demo.Inference.Engine;

/// <summary>
/// Runs batches and chooses a token for each of their sequences: on the device where the runner can, else from the
/// logits. Owns the memory for that: one thread at a time, and no step allocates.
/// </summary>
internal sealed class TokenChooser
{
    private readonly IModelRunner _runner;
    private readonly TokenChoice[] _choices;
    private readonly int[] _tokenIds;

    // For a runner that gives logits; null for one that chooses by itself.
    private readonly Sampler? _sampler;
    private readonly float[] _logits = [];

    /// <param name="runner">The network.</param>
    /// <param name="maxSequences">Greatest batch.</param>
    public TokenChooser(IModelRunner runner, int maxSequences)
    {
        _runner = runner;
        _choices = new TokenChoice[maxSequences];
        _tokenIds = new int[maxSequences];
        if (runner is ISamplingRunner) return;
        _sampler = new Sampler(runner.VocabularySize);
        _logits = new float[maxSequences * runner.VocabularySize];
    }

    /// <param name="batch">As <see cref="IModelRunner.Forward"/> takes it.</param>
    /// <param name="open">How each of its sequences is continued.</param>
    /// <param name="cancellationToken">As there.</param>
    /// <returns>
    /// [batch.Sequences.Count], valid until the next call: the ids; <see cref="Sampler.NotFinite"/> where a logit is
    /// not
    /// finite.
    /// </returns>
    public ReadOnlySpan<int> Run(
        Batch batch, Dictionary<Sequence, Generation> open, CancellationToken cancellationToken)
    {
        var choices = _choices.AsSpan(0, batch.Sequences.Count);
        for (var row = 0; row < choices.Length; row++)
        {
            var sequence = batch.Sequences[row];
            choices[row] = Sampler.Choice(open[sequence].Sampling, sequence.TokenIds.Count - sequence.PromptLength);
        }
        var tokenIds = _tokenIds.AsSpan(0, choices.Length);
        if (_runner is ISamplingRunner device) device.Sample(batch, choices, tokenIds, cancellationToken);
        else Sample(batch, choices, tokenIds, cancellationToken);
        return tokenIds;
    }

    private void Sample(
        Batch batch, ReadOnlySpan<TokenChoice> choices, Span<int> tokenIds, CancellationToken cancellationToken)
    {
        var size = _runner.VocabularySize;
        var logits = _logits.AsSpan(0, tokenIds.Length * size);
        _runner.Forward(batch, logits, cancellationToken);
        for (var row = 0; row < tokenIds.Length; row++)
            tokenIds[row] = _sampler!.Sample(logits.Slice(row * size, size), choices[row]);
    }
}
