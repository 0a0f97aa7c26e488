using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Weights;

/// <summary>A stored tensor of F32, F16 or BF16, read as float32.</summary>
public sealed class WeightTensor
{
    /// <summary>Elements converted between two looks at the mapped bytes.</summary>
    private const int Piece = 1 << 20;

    private readonly WeightFile _file;
    private readonly TensorEntry _entry;

    /// <exception cref="ModelFormatException">The tensor is of another type.</exception>
    internal WeightTensor(WeightFile file, TensorEntry entry)
    {
        if (entry.Type is not (DType.F32 or DType.F16 or DType.BF16))
            throw new ModelFormatException(
                file.Path, entry.Name, $"is stored as {entry.Type}; weights must be F32, F16 or BF16.");
        _file = file;
        _entry = entry;
    }

    public string Name => _entry.Name;

    public Shape Shape => _entry.Shape;

    public DType Type => _entry.Type;

    /// <summary>Bytes in the file.</summary>
    public long StoredLength => _entry.Length;

    /// <summary>Copies elements in storage order.</summary>
    /// <param name="start">First element.</param>
    /// <param name="destination">As many as it holds.</param>
    public void Read(long start, Span<float> destination)
    {
        if (_entry.Strides is { } strides)
        {
            Gather(strides, start, destination);
            return;
        }

        var size = _entry.Type.Size();
        while (!destination.IsEmpty)
        {
            var count = Math.Min(destination.Length, Piece);
            Convert(_file.Bytes(_entry, start * size, count * size), destination[..count]);
            destination = destination[count..];
            start += count;
        }
    }

    /// <summary>
    /// Element by element: published files hold no such views, so that reading them need not be fast.
    /// </summary>
    private void Gather(IReadOnlyList<long> strides, long start, Span<float> destination)
    {
        if (start < 0 || destination.Length > Shape.ElementCount - start)
            throw new ArgumentOutOfRangeException(
                nameof(start), $"Elements {start} to {start + destination.Length} of {Shape.ElementCount}.");
        var size = _entry.Type.Size();
        var dimensions = Shape.Dimensions;
        for (var i = 0; i < destination.Length; i++)
        {
            var rest = start + i;
            var element = 0L;
            for (var axis = dimensions.Length - 1; axis >= 0; axis--)
            {
                element += rest % dimensions[axis] * strides[axis];
                rest /= dimensions[axis];
            }

            Convert(_file.Data(_entry.Offset + (element * size), size), destination.Slice(i, 1));
        }
    }

    private void Convert(ReadOnlySpan<byte> source, Span<float> destination)
    {
        switch (_entry.Type)
        {
            case DType.F32:
                source.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case DType.BF16:
                // Not a cast of the span: a tensor may begin at an odd byte of the file.
                for (var i = 0; i < destination.Length; i++)
                    destination[i] =
                        BitConverter.UInt32BitsToSingle((uint)MemoryMarshal.Read<ushort>(source[(2 * i)..]) << 16);
                break;
            default:
                for (var i = 0; i < destination.Length; i++)
                    destination[i] = (float)MemoryMarshal.Read<Half>(source[(2 * i)..]);
                break;
        }
    }
}
