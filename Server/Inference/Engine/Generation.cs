namespace Molmo.Demo.Inference.Engine;

/// <summary>A sequence with what its request asked for and the way its tokens leave by.</summary>
/// <param name="request">What is asked.</param>
/// <param name="maxTokens">Length stop that also keeps the model's last position and all blocks.</param>
/// <param name="stop">Cancelled when nobody wants the answer any more.</param>
internal sealed class Generation(GenerationRequest request, int maxTokens, CancellationToken stop)
{
    private readonly int[] _endTokenIds = [.. request.EndTokenIds];

    public Sequence Sequence { get; } = new(request.Prompt, request.Written);

    public SamplingOptions Sampling { get; } = request.Sampling;

    public TokenStream Stream { get; } = new(maxTokens);

    public CancellationToken Stop { get; } = stop;

    /// <summary>Positions at full length.</summary>
    public int MaxPositions { get; } = request.Prompt.TokenIds.Length + (request.Written?.Count ?? 0) + maxTokens;

    public bool IsEnd(int tokenId) => Array.IndexOf(_endTokenIds, tokenId) >= 0;
}
