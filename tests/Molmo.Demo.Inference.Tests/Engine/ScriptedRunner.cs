using Molmo.Demo.Inference.Engine;
using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Inference.Tests.Engine;

/// <summary>
/// A network without weights whose output depends on every earlier token, read back through the block tables: a block
/// given to two sequences, a position not computed or computed twice, changes the answer.
/// </summary>
internal sealed class ScriptedRunner(
    int blockCapacity = 64, int blockSize = 4, int vocabularySize = 50, int maxPositions = 256) : IModelRunner
{
    private readonly int[] _memory = new int[blockCapacity * blockSize];

    public int VocabularySize => vocabularySize;

    public int MaxPositions => maxPositions;

    public int BlockSize => blockSize;

    public int BlockCapacity => blockCapacity;

    public string Device => "none";

    public string Precision => "int32";

    /// <summary>Called at the start of each pass, on the engine thread.</summary>
    public Action<Batch, CancellationToken>? Entering { get; set; }

    /// <summary>Changes the logits of a batch: sequence, its row.</summary>
    public Action<Sequence, float[]>? Changing { get; set; }

    public bool IsDisposed { get; private set; }

    public bool MixesPhases { get; init; } = true;

    /// <summary>Positions computed in all.</summary>
    public long Computed { get; private set; }

    /// <summary>Pictures begun.</summary>
    public List<ScriptedPicture> Pictures { get; } = [];

    /// <summary>Called at each step of a picture, on the engine thread.</summary>
    public Action<ScriptedPicture>? Looking { get; set; }

    /// <summary>Called where a picture is begun, on the engine thread.</summary>
    public Action<ImageInputs>? Beginning { get; set; }

    public IPictureFeatures BeginPicture(ImageInputs image)
    {
        Beginning?.Invoke(image);
        var picture = new ScriptedPicture(image, this);
        Pictures.Add(picture);
        return picture;
    }

    public void CopyBlock(int source, int target)
        => Array.Copy(_memory, source * blockSize, _memory, target * blockSize, blockSize);

    public void Forward(Batch batch, Span<float> logits, CancellationToken cancellationToken)
    {
        if (logits.Length != batch.Sequences.Count * vocabularySize)
            throw new ArgumentException("Wrong size.", nameof(logits));
        Entering?.Invoke(batch, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        for (var row = 0; row < batch.Sequences.Count; row++)
        {
            var sequence = batch.Sequences[row];
            if (batch.Phase == Phase.Decode && sequence.ComputedCount != sequence.TokenIds.Count - 1)
                throw new InvalidOperationException("A decode step has one new position.");
            if (sequence.PassEnd <= sequence.ComputedCount || sequence.PassEnd > sequence.TokenIds.Count)
                throw new InvalidOperationException("A pass has new positions.");
            for (var position = sequence.ComputedCount; position < sequence.PassEnd; position++)
            {
                _memory[Slot(sequence, position)] = sequence.TokenIds[position] + FeatureAt(sequence, position);
                Computed++;
            }

            Write(sequence, logits.Slice(row * vocabularySize, vocabularySize));
        }
    }

    public void Dispose() => IsDisposed = true;

    private void Write(Sequence sequence, Span<float> logits)
    {
        var hash = 17u;
        for (var position = 0; position < sequence.PassEnd; position++)
            hash = hash * 1_000_003 ^ (uint)_memory[Slot(sequence, position)];
        for (var id = 0; id < logits.Length; id++)
        {
            var mixed = (hash ^ (uint)id * 2_654_435_761) * 2_246_822_519;
            logits[id] = (mixed >> 8) / (float)(1 << 22) - 2;
        }
        if (Changing is null) return;
        var copy = logits.ToArray();
        Changing(sequence, copy);
        copy.CopyTo(logits);
    }

    private static int FeatureAt(Sequence sequence, int position)
    {
        if (sequence.Image is not { } image) return 0;
        var feature = Array.IndexOf(image.ImageTokenPositions, position);
        if (feature < 0) return 0;
        if (sequence.Features is not ScriptedPicture { IsComplete: true } picture)
            throw new InvalidOperationException("The picture is not there yet.");
        ObjectDisposedException.ThrowIf(picture.IsDisposed, picture);
        return (int)(picture.Image.Patches[feature] * 1000);
    }

    private int Slot(Sequence sequence, int position)
        => sequence.BlockTable[position / blockSize] * blockSize + position % blockSize;
}

/// <summary>A picture of the scripted network: a step a crop.</summary>
internal sealed class ScriptedPicture(ImageInputs image, ScriptedRunner runner) : IPictureFeatures
{
    public ImageInputs Image => image;

    public int Steps { get; private set; }

    public bool IsDisposed { get; private set; }

    public bool IsComplete => Steps == image.CropCount;

    public bool MayPause => true;

    public long Bytes => 100;

    public void Step(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        runner.Looking?.Invoke(this);
        Steps++;
    }

    public void Dispose() => IsDisposed = true;
}
