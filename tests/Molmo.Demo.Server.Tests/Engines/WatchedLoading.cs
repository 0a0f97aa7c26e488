using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Server.Engines;

namespace Molmo.Demo.Server.Tests.Engines;

/// <summary>Loads as another does, and lets a test see or spoil each pass of the network.</summary>
/// <param name="way">What loads.</param>
/// <param name="passing">Called before each pass; may throw.</param>
/// <param name="passed">Called after each pass with the logits, [sequences, vocabulary].</param>
/// <param name="looking">Called before a picture is begun.</param>
internal sealed class WatchedLoading(
    IModelLoading way, Action<Batch>? passing = null, WatchedLoading.Logits? passed = null, Action? looking = null)
    : IModelLoading
{
    public delegate void Logits(Batch batch, ReadOnlySpan<float> logits);

    public Fact Device => way.Device;

    public string SmallestForm => way.SmallestForm;

    public void Check() => way.Check();

    public ModelMemory CreateMemory() => way.CreateMemory();

    public long LeastBytes(Checkpoint checkpoint) => way.LeastBytes(checkpoint);

    public LoadedRunner Load(
        Checkpoint checkpoint, ModelMemory memory, IProgress<double>? progress, Action<string>? note,
        CancellationToken cancellationToken)
    {
        var loaded = way.Load(checkpoint, memory, progress, note, cancellationToken);
        return loaded with { Runner = new Watched(loaded.Runner, passing, passed, looking) };
    }

    private sealed class Watched(IModelRunner runner, Action<Batch>? passing, Logits? passed, Action? looking)
        : IModelRunner
    {
        public int VocabularySize => runner.VocabularySize;

        public int MaxPositions => runner.MaxPositions;

        public int BlockSize => runner.BlockSize;

        public int BlockCapacity => runner.BlockCapacity;

        public bool MixesPhases => runner.MixesPhases;

        public IPictureFeatures BeginPicture(ImageInputs image)
        {
            looking?.Invoke();
            return runner.BeginPicture(image);
        }

        public void CopyBlock(int source, int target) => runner.CopyBlock(source, target);

        public string Device => runner.Device;

        public string Precision => runner.Precision;

        public void Forward(Batch batch, Span<float> logits, CancellationToken cancellationToken)
        {
            passing?.Invoke(batch);
            runner.Forward(batch, logits, cancellationToken);
            passed?.Invoke(batch, logits);
        }

        public void Dispose() => runner.Dispose();
    }
}
