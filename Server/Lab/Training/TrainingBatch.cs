using Molmo.Demo.Inference.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Molmo.Demo.Lab.Training;

/// <summary>
/// Items that go through the network together, on its device. Sequences are filled up to the longest; pictures of one
/// crop are encoded once, as the overview and the crop are the same.
/// </summary>
internal sealed class TrainingBatch : IDisposable
{
    private readonly DisposeScope _scope;

    private TrainingBatch(DisposeScope scope) => _scope = scope;

    /// <summary>[sequences * length].</summary>
    public required Tensor TokenIds { get; init; }

    /// <summary>[sequences * length].</summary>
    public required Tensor Positions { get; init; }

    /// <summary>[sequences, 1, length, length]: 0 or minus infinity.</summary>
    public required Tensor Mask { get; init; }

    public required int Sequences { get; init; }

    /// <summary>[targets]: rows whose next token is learned.</summary>
    public required Tensor TargetRows { get; init; }

    /// <summary>[targets].</summary>
    public required Tensor Targets { get; init; }

    /// <summary>[targets].</summary>
    public required Tensor Weights { get; init; }

    /// <summary>Sum of the weights.</summary>
    public required double WeightSum { get; init; }

    /// <summary>Learned tokens.</summary>
    public required int TargetCount { get; init; }

    /// <summary>[sequences * length, 1]: true on answers.</summary>
    public required Tensor AnswerRows { get; init; }

    /// <summary>Null where there is no picture.</summary>
    public PictureTensors? Pictures { get; init; }

    /// <param name="items">At least one.</param>
    /// <param name="format">Device, and the mask's type.</param>
    public static TrainingBatch Of(IReadOnlyList<TrainingItem> items, TensorFormat format)
    {
        var scope = NewDisposeScope();
        var device = format.Device;
        var length = items.Max(item => item.Sequence.Length);
        var rows = items.Count * length;
        var (ids, positions, answers) = (new long[rows], new long[rows], new bool[rows]);
        var mask = new float[(long)rows * length];
        mask.AsSpan().Fill(float.NegativeInfinity);
        var (targetRows, targets, weights) = (new List<long>(), new List<long>(), new List<float>());
        for (var i = 0; i < items.Count; i++)
        {
            var sequence = items[i].Sequence;
            for (var t = 0; t < length; t++)
            {
                var row = (i * length) + t;
                // What fills up sees itself alone: a row without any key would have no softmax.
                mask[((long)row * length) + t] = 0;
                if (t >= sequence.Length) continue;
                (ids[row], positions[row]) = (sequence.TokenIds[t], sequence.Positions[t]);
                for (var key = 0; key < t; key++)
                    if (sequence.Sees(t, key)) mask[((long)row * length) + key] = 0;
                // The answer's tokens are those that are learned, one row behind their targets.
                answers[row] = t > 0 && sequence.Targets[t - 1] >= 0;
                if (sequence.Targets[t] < 0) continue;
                targetRows.Add(row);
                targets.Add(sequence.Targets[t]);
                weights.Add(sequence.Weights[t]);
            }
        }

        return new TrainingBatch(scope)
        {
            TokenIds = tensor(ids, device: device),
            Positions = tensor(positions, device: device),
            Mask = tensor(mask, [items.Count, 1, length, length], device: device).to(format.TrainedAttention),
            Sequences = items.Count,
            TargetRows = tensor(targetRows.ToArray(), device: device),
            Targets = tensor(targets.ToArray(), device: device),
            Weights = tensor(weights.ToArray(), device: device).to(format.Exact),
            WeightSum = weights.Sum(weight => (double)weight),
            TargetCount = targets.Count,
            AnswerRows = tensor(answers, [rows, 1], device: device),
            Pictures = PictureTensors.Of(items, length, format),
        };
    }

    public void Dispose() => _scope.Dispose();
}
