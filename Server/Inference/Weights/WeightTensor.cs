using System.Runtime.InteropServices;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Weights;

/// <summary>A stored tensor of F32, F16 or BF16, read as float32.</summary>
public sealed class WeightTensor
{
    /// <summary>Elements converted between two looks at the mapped bytes.</summary>
    private const int Piece = 1 << 20;

    private readonly SafetensorsFile _file;
    private readonly TensorEntry _entry;

    /// <exception cref="ModelFormatException">The tensor is of another type.</exception>
    internal WeightTensor(SafetensorsFile file, TensorEntry entry)
    {
        if (entry.Type is not (DType.F32 or DType.F16 or DType.BF16))
            throw new ModelFormatException(file.Path, entry.Name, $"is stored as {entry.Type}; weights must be F32, F16 or BF16.");
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
        var size = _entry.Type.Size();
        while (!destination.IsEmpty)
        {
            var count = Math.Min(destination.Length, Piece);
            Convert(_file.Bytes(_entry, start * size, count * size), destination[..count]);
            destination = destination[count..];
            start += count;
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
                    destination[i] = BitConverter.UInt32BitsToSingle((uint)MemoryMarshal.Read<ushort>(source[(2 * i)..]) << 16);
                break;
            default:
                for (var i = 0; i < destination.Length; i++)
                    destination[i] = (float)MemoryMarshal.Read<Half>(source[(2 * i)..]);
                break;
        }
    }
}
