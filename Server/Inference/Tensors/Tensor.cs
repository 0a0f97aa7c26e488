using System.Diagnostics;

namespace Molmo.Demo.Inference.Tensors;

/// <summary>
/// A matrix of float32 in memory of its own outside the collected heap, aligned to 64 bytes, row after row. The row
/// count may change between uses; memory only ever grows, so that a buffer reused at the same sizes allocates nothing.
/// </summary>
/// <remarks>Contents are undefined after creation and after a growing <see cref="Resize(int)"/>.</remarks>
internal sealed unsafe class Tensor : IDisposable
{
    private const int Alignment = 64;

    private float* _data;
    private nint _capacity;

    public Tensor(int rows, int columns)
    {
        Debug.Assert(columns > 0, "A tensor has at least one column.");
        Columns = columns;
        Resize(rows);
    }

    ~Tensor() => Free();

    public int Rows { get; private set; }

    public int Columns { get; }

    /// <summary>First element; rows follow each other without gaps.</summary>
    public float* Data
    {
        get
        {
            ObjectDisposedException.ThrowIf(_data is null && Rows > 0, this);
            return _data;
        }
    }

    /// <summary>All elements, for tensors of less than 2^31 of them.</summary>
    public Span<float> Span => new(Data, checked(Rows * Columns));

    public Span<float> Row(int row)
    {
        Debug.Assert((uint)row < (uint)Rows, "Row within the tensor.");
        return new Span<float>(Data + ((nint)row * Columns), Columns);
    }

    /// <summary>Sets the row count.</summary>
    /// <exception cref="OutOfMemoryException">There is not that much memory.</exception>
    public void Resize(int rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        var needed = (nint)rows * Columns;
        if (needed > _capacity)
        {
            Free();
            _data = (float*)NativeMemory.AlignedAlloc((nuint)needed * sizeof(float), Alignment);
            LargePages.AskFor(_data, (nuint)needed * sizeof(float));
            _capacity = needed;
        }

        Rows = rows;
    }

    /// <summary>Sets the row count of several.</summary>
    public static void Resize(int rows, params ReadOnlySpan<Tensor> tensors)
    {
        foreach (var tensor in tensors) tensor.Resize(rows);
    }

    public static void Dispose(params ReadOnlySpan<Tensor?> tensors)
    {
        foreach (var tensor in tensors) tensor?.Dispose();
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_data is null) return;
        NativeMemory.AlignedFree(_data);
        _data = null;
        _capacity = 0;
    }
}
