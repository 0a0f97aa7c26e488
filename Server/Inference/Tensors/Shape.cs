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
