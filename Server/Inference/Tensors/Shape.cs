namespace Molmo.Demo.Inference.Tensors;

/// <summary>Lengths of a tensor's axes, outermost first. Compared by content; written as <c>[704, 192]</c>.</summary>
public readonly struct Shape : IEquatable<Shape>
{
    private readonly long[]? _dimensions;

    public Shape(params long[] dimensions)
    {
        ArgumentNullException.ThrowIfNull(dimensions);
        _dimensions = dimensions;
    }

    public ReadOnlySpan<long> Dimensions => _dimensions;

    /// <summary>Axes; 0 for a single number.</summary>
    public int Rank => Dimensions.Length;

    /// <summary>Product of the dimensions.</summary>
    /// <exception cref="OverflowException">The product does not fit in 63 bits.</exception>
    public long ElementCount
    {
        get
        {
            var count = 1L;
            foreach (var dimension in Dimensions) count = checked(count * dimension);
            return count;
        }
    }

    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    public bool Equals(Shape other) => Dimensions.SequenceEqual(other.Dimensions);

    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var dimension in Dimensions) hash.Add(dimension);
        return hash.ToHashCode();
    }

    public override string ToString() => $"[{string.Join(", ", Dimensions.ToArray())}]";
}

/// <summary>Number formats of stored tensors, by the names that safetensors gives them.</summary>
public enum DType
{
    /// <summary>One byte, 0 or 1.</summary>
    Bool,
    U8,
    I8,

    /// <summary>Five exponent bits, two of fraction.</summary>
    F8E5M2,

    /// <summary>Four exponent bits, three of fraction.</summary>
    F8E4M3,
    I16,
    U16,

    /// <summary>IEEE half precision.</summary>
    F16,

    /// <summary>The upper half of an F32.</summary>
    BF16,
    I32,
    U32,
    F32,
    F64,
    I64,
    U64,
}

/// <summary>Sizes of number formats.</summary>
public static class DTypes
{
    /// <summary>Bytes an element.</summary>
    public static int Size(this DType type) => type switch
    {
        DType.Bool or DType.U8 or DType.I8 or DType.F8E5M2 or DType.F8E4M3 => 1,
        DType.I16 or DType.U16 or DType.F16 or DType.BF16 => 2,
        DType.I32 or DType.U32 or DType.F32 => 4,
        DType.F64 or DType.I64 or DType.U64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown number format."),
    };
}
