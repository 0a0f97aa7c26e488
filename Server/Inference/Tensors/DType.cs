namespace Molmo.Demo.Inference.Tensors;

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
