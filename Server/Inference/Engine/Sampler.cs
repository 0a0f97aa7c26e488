using System.Diagnostics;
using System.Numerics;

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

/// <summary>Chooses the next token from logits. Owns its scratch memory: one thread at a time.</summary>
/// <remarks>
/// The random number is a function of the seed and the token's place in the answer alone, so that neither batch mates
/// nor a preemption change an answer.
/// </remarks>
internal sealed class Sampler(int vocabularySize)
{
    /// <summary>In the place of a token where a logit is not finite.</summary>
    internal const int NotFinite = -1;

    private readonly int[] _heap = new int[vocabularySize];
    private readonly double[] _kept = new double[vocabularySize];

    /// <summary>How the next token of an answer is chosen.</summary>
    /// <param name="options">Of the answer.</param>
    /// <param name="answerIndex">Tokens of the answer so far.</param>
    public static TokenChoice Choice(SamplingOptions options, int answerIndex)
        => new(options, Uniform(options.Seed, answerIndex));

    /// <param name="logits">[vocabularySize].</param>
    /// <param name="choice">How to choose.</param>
    /// <returns>The token's id; <see cref="NotFinite"/> where a logit is not finite.</returns>
    public int Sample(ReadOnlySpan<float> logits, TokenChoice choice)
    {
        var (options, draw) = choice;
        Debug.Assert(logits.Length == vocabularySize);
        var likeliest = Greedy(logits);
        if (options.Temperature == 0 || likeliest == NotFinite) return likeliest;
        return options.TopK == 0 && options.TopP >= 1
            ? DrawFromAll(logits, logits[likeliest], options.Temperature, draw)
            : DrawFromLikeliest(logits, options, draw);
    }

    /// <summary>
    /// The likeliest token, the lowest id of equals; <see cref="NotFinite"/> where a logit is not finite.
    /// </summary>
    private static int Greedy(ReadOnlySpan<float> logits)
    {
        // x * 0 is NaN for NaN and both infinities and zero for all others: one sum tells whether all are finite.
        var largest = new Vector<float>(float.NegativeInfinity);
        var nonFinite = Vector<float>.Zero;
        var width = Vector<float>.Count;
        var i = 0;
        for (; i <= logits.Length - width; i += width)
        {
            var x = new Vector<float>(logits[i..]);
            largest = Vector.Max(largest, x);
            nonFinite += x * 0f;
        }
        var max = float.NegativeInfinity;
        for (var lane = 0; lane < width; lane++) max = Math.Max(max, largest[lane]);
        var check = Vector.Sum(nonFinite);
        for (; i < logits.Length; i++)
        {
            max = Math.Max(max, logits[i]);
            check += logits[i] * 0f;
        }
        return check == 0 ? logits.IndexOf(max) : NotFinite;
    }

    private int DrawFromAll(ReadOnlySpan<float> logits, float max, double temperature, double draw)
    {
        var sum = 0.0;
        for (var id = 0; id < logits.Length; id++) sum += _kept[id] = Weight(logits[id], max, temperature);
        var left = draw * sum;
        var last = 0;
        for (var id = 0; id < logits.Length; id++)
        {
            if (_kept[id] == 0) continue;
            last = id;
            if ((left -= _kept[id]) < 0) break;
        }
        return last;
    }

    /// <summary>Top-k first, then top-p within what it kept. Takes only as many from the heap as are kept.</summary>
    private int DrawFromLikeliest(ReadOnlySpan<float> logits, SamplingOptions options, double draw)
    {
        for (var id = 0; id < logits.Length; id++) _heap[id] = id;
        for (var i = logits.Length / 2 - 1; i >= 0; i--) SiftDown(logits, i, logits.Length);

        var max = logits[_heap[0]];
        var limit = options.TopK == 0 ? logits.Length : Math.Min(options.TopK, logits.Length);
        var total = double.PositiveInfinity;
        if (options.TopK == 0)
        {
            total = 0;
            foreach (var x in logits) total += Weight(x, max, options.Temperature);
        }
        // The likeliest move to the end of the array: the i-th likeliest lies at length - 1 - i.
        var kept = 0;
        var sum = 0.0;
        while (kept < limit && (kept == 0 || sum < options.TopP * total))
        {
            var end = logits.Length - 1 - kept;
            (_heap[0], _heap[end]) = (_heap[end], _heap[0]);
            SiftDown(logits, 0, end);
            sum += _kept[kept++] = Weight(logits[_heap[end]], max, options.Temperature);
        }
        if (options.TopK != 0) kept = Nucleus(kept, options.TopP, ref sum);

        var left = draw * sum;
        var chosen = 0;
        while (chosen < kept - 1 && (left -= _kept[chosen]) >= 0) chosen++;
        return _heap[logits.Length - 1 - chosen];
    }

    /// <summary>
    /// The smallest number of leading weights that sum to at least this share of all <paramref name="count"/>.
    /// </summary>
    private int Nucleus(int count, double share, ref double sum)
    {
        var enough = share * sum;
        var kept = 0;
        sum = 0;
        do sum += _kept[kept++];
        while (kept < count && sum < enough);
        return kept;
    }

    private void SiftDown(ReadOnlySpan<float> logits, int parent, int count)
    {
        while (true)
        {
            var child = 2 * parent + 1;
            if (child >= count) return;
            if (child + 1 < count && IsLikelier(logits, _heap[child + 1], _heap[child])) child++;
            if (!IsLikelier(logits, _heap[child], _heap[parent])) return;
            (_heap[child], _heap[parent]) = (_heap[parent], _heap[child]);
            parent = child;
        }
    }

    private static bool IsLikelier(ReadOnlySpan<float> logits, int a, int b)
        => logits[a] != logits[b] ? logits[a] > logits[b] : a < b;

    private static double Weight(float logit, float max, double temperature)
        => Math.Exp(((double)logit - max) / temperature);

    /// <summary>
    /// The random number of a token: SplitMix64's output function over seed and index, 53 bits in [0, 1).
    /// </summary>
    /// <param name="seed">Of the answer.</param>
    /// <param name="index">Tokens of the answer before it.</param>
    internal static double Uniform(long seed, int index)
    {
        var z = Mix((ulong)seed + 0x9E3779B97F4A7C15UL) + ((ulong)index + 1) * 0x9E3779B97F4A7C15UL;
        return (Mix(z) >> 11) * (1.0 / (1UL << 53));
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
