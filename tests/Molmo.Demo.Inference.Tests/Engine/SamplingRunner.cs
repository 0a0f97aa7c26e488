using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Inference.Tests.Engine;

/// <summary>The scripted network as a device that chooses its tokens by itself and gives no logits away.</summary>
internal sealed class SamplingRunner(ScriptedRunner network) : ISamplingRunner
{
    private readonly Sampler _sampler = new(network.VocabularySize);

    public int VocabularySize => network.VocabularySize;

    public int MaxPositions => network.MaxPositions;

    public int BlockSize => network.BlockSize;

    public int BlockCapacity => network.BlockCapacity;

    public bool MixesPhases => network.MixesPhases;

    public IPictureFeatures BeginPicture(ImageInputs image) => network.BeginPicture(image);

    public void CopyBlock(int source, int target) => network.CopyBlock(source, target);

    public string Device => network.Device;

    public string Precision => network.Precision;

    public void Forward(Batch batch, Span<float> logits, CancellationToken cancellationToken)
        => throw new NotSupportedException("Logits stay on the device.");

    public void Sample(
        Batch batch, ReadOnlySpan<TokenChoice> choices, Span<int> tokenIds, CancellationToken cancellationToken)
    {
        var size = network.VocabularySize;
        var logits = new float[batch.Sequences.Count * size];
        network.Forward(batch, logits, cancellationToken);
        for (var row = 0; row < tokenIds.Length; row++)
            tokenIds[row] = _sampler.Sample(logits.AsSpan(row * size, size), choices[row]);
    }

    public void Dispose() => network.Dispose();
}
