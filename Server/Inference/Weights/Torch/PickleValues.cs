using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Weights.Torch;

internal enum PickleGlobalKind
{
    OrderedDictionary,
    RebuildTensor,
    RebuildParameter,
    Size,
    Storage,
}

/// <summary>One of the few names that a dictionary of tensors refers to.</summary>
internal sealed record PickleGlobal(string Module, string Name, PickleGlobalKind Kind, DType Type = default)
{
    private static readonly Dictionary<(string, string), PickleGlobal> Known = new PickleGlobal[]
    {
        new("collections", "OrderedDict", PickleGlobalKind.OrderedDictionary),
        new("torch._utils", "_rebuild_tensor_v2", PickleGlobalKind.RebuildTensor),
        new("torch._utils", "_rebuild_parameter", PickleGlobalKind.RebuildParameter),
        new("torch", "Size", PickleGlobalKind.Size),
        new("torch", "FloatStorage", PickleGlobalKind.Storage, DType.F32),
        new("torch", "HalfStorage", PickleGlobalKind.Storage, DType.F16),
        new("torch", "BFloat16Storage", PickleGlobalKind.Storage, DType.BF16),
        new("torch", "DoubleStorage", PickleGlobalKind.Storage, DType.F64),
        new("torch", "LongStorage", PickleGlobalKind.Storage, DType.I64),
        new("torch", "IntStorage", PickleGlobalKind.Storage, DType.I32),
        new("torch", "ShortStorage", PickleGlobalKind.Storage, DType.I16),
        new("torch", "CharStorage", PickleGlobalKind.Storage, DType.I8),
        new("torch", "ByteStorage", PickleGlobalKind.Storage, DType.U8),
        new("torch", "BoolStorage", PickleGlobalKind.Storage, DType.Bool),
    }.ToDictionary(global => (global.Module, global.Name));

    public static PickleGlobal? Find(string module, string name) => Known.GetValueOrDefault((module, name));
}

/// <summary>A run of numbers kept as one entry of the archive.</summary>
/// <param name="Key">Its entry: <c>data/{key}</c>.</param>
/// <param name="Type">Number format.</param>
/// <param name="ElementCount">Numbers.</param>
internal sealed record PickleStorage(string Key, DType Type, long ElementCount)
{
    private const int MaxKey = 100;

    /// <summary>From the persistent id ('storage', type, key, device, count); null where it is not one.</summary>
    public static PickleStorage? From(object? id)
        => id is object?[] and ["storage", PickleGlobal { Kind: PickleGlobalKind.Storage } type,
            string { Length: > 0 and < MaxKey } key, string, long and >= 0 and var count]
            && key.All(char.IsAsciiLetterOrDigit)
            ? new PickleStorage(key, type.Type, count)
            : null;
}

/// <summary>A view of a storage, as the pickle states it: whether it lies inside is not checked here.</summary>
/// <param name="Storage">The numbers.</param>
/// <param name="Offset">First element.</param>
/// <param name="Size">Length of each axis, outermost first.</param>
/// <param name="Stride">Elements from one index of an axis to the next.</param>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Size, long[] Stride)
{
    private const int MaxRank = 8;

    /// <summary>
    /// From the arguments (storage, offset, size, stride, requires_grad, hooks[, nothing]); null where they are no such
    /// thing.
    /// </summary>
    public static PickleTensor? From(object?[] arguments)
    {
        if (arguments is not [PickleStorage storage, long and >= 0 and var offset, object?[] size, object?[] stride,
            bool, Dictionary<object, object?> { Count: 0 }, .. var rest]
            || rest is not ([] or [null])) return null;
        if (size.Length != stride.Length || size.Length > MaxRank) return null;
        if (!size.All(value => value is long and >= 0) || !stride.All(value => value is long and >= 0)) return null;
        return new PickleTensor(
            storage, offset, [.. size.Select(value => (long)value!)], [.. stride.Select(value => (long)value!)]);
    }
}
