using System.Diagnostics;

namespace Molmo.Demo.Inference.Tensors;

/// <summary>
/// A list whose elements kernels read by address. Grows, never shrinks, so that a reused one allocates nothing.
/// </summary>
internal sealed unsafe class PinnedList<T>
    where T : unmanaged
{
    private T[] _items = GC.AllocateUninitializedArray<T>(16, pinned: true);

    public int Count { get; private set; }

    /// <summary>The first element. Changes when the list grows.</summary>
    public T* Pointer => (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_items));

    /// <summary>All elements, until the list grows.</summary>
    public ReadOnlySpan<T> Span => _items.AsSpan(0, Count);

    public ref T this[int index]
    {
        get
        {
            Debug.Assert((uint)index < (uint)Count, "Within the list.");
            return ref _items[index];
        }
    }

    public void Add(T item)
    {
        if (Count == _items.Length)
        {
            var larger = GC.AllocateUninitializedArray<T>(2 * Count, pinned: true);
            _items.CopyTo(larger, 0);
            _items = larger;
        }

        _items[Count++] = item;
    }

    public void Clear() => Count = 0;
}
