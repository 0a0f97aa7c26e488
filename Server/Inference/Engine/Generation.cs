using System.Threading.Channels;

namespace Molmo.Demo.Inference.Engine;

/// <summary>A sequence with what its request asked for and the way its tokens leave by.</summary>
/// <param name="request">What is asked.</param>
/// <param name="maxTokens">Length stop that also keeps the model's last position and all blocks.</param>
/// <param name="stop">Cancelled when nobody wants the answer any more.</param>
/// <param name="isAhead">Whether no answer is wanted, only that what it begins with is ready.</param>
internal sealed class Generation(
    GenerationRequest request, int maxTokens, CancellationToken stop, bool isAhead = false)
{
    private readonly int[] _endTokenIds = [.. request.EndTokenIds];

    public Sequence Sequence { get; } = new(request.Prompt, request.Written)
    {
        Prefix = new PrefixKey(request.Isolation, request.Prompt.Image?.ContentKey),
        Visitor = request.Visitor,
    };

    public bool IsAhead { get; } = isAhead;

    public SamplingOptions Sampling { get; } = request.Sampling;

    public TokenStream Stream { get; } = new(maxTokens);

    public CancellationToken Stop { get; } = stop;

    /// <summary>Positions at full length.</summary>
    public int MaxPositions { get; } = request.Prompt.TokenIds.Length + (request.Written?.Count ?? 0) + maxTokens;

    public bool IsEnd(int tokenId) => Array.IndexOf(_endTokenIds, tokenId) >= 0;
}

/// <summary>
/// One answer's tokens on their way from the engine thread to one reader. Room for the longest answer is made at the
/// start: writing never waits for the reader and allocates nothing.
/// </summary>
internal sealed class TokenStream(int maxTokens)
{
    private readonly int[] _tokens = new int[maxTokens];
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1)
        {
            FullMode = BoundedChannelFullMode.DropWrite,
            SingleReader = true,
            SingleWriter = true
        });

    private int _count;
    private FinishReason? _finish;
    private Exception? _failure;

    /// <summary>Whether the answer has its greatest length.</summary>
    public bool IsFull => _count == _tokens.Length;

    /// <summary>Engine thread: one more token.</summary>
    public void Write(int tokenId)
    {
        _tokens[_count] = tokenId;
        Volatile.Write(ref _count, _count + 1);
        _news.Writer.TryWrite(true);
    }

    /// <summary>Engine thread: the answer is over.</summary>
    public void Finish(FinishReason reason)
    {
        _finish = reason;
        _news.Writer.TryComplete();
    }

    /// <summary>
    /// Engine thread: the answer cannot go on. The reader gets what was written before, then the exception.
    /// </summary>
    public void Fail(Exception failure)
    {
        _failure = failure;
        _news.Writer.TryComplete();
    }

    /// <summary>The tokens; then an element without one that says why the answer is over.</summary>
    public async IAsyncEnumerable<(int? TokenId, FinishReason? Finish)> ReadAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var read = 0;
        bool more;
        do
        {
            more = await _news.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false);
            // The signal is taken before the count is read: a token written after that brings a signal of its own.
            _news.Reader.TryRead(out _);
            for (; read < Volatile.Read(ref _count); read++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return (_tokens[read], null);
            }
        }
        while (more);
        if (_failure is not null) throw _failure;
        yield return (null, _finish);
    }
}
