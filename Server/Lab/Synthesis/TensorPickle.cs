using Molmo.Demo.Inference.Model;

namespace Molmo.Demo.Lab.Synthesis;

/// <summary>
/// Writes the pickle of a dictionary of float32 tensors, of which the i-th lies plainly in storage i.
/// </summary>
/// <remarks>Protocol 2, the one that torch writes; opcodes as in CPython's Lib/pickletools.py.</remarks>
internal sealed class TensorPickle
{
    private readonly List<byte> _program = [];

    public static byte[] Write(IReadOnlyList<WeightSpec> specs)
    {
        var pickle = new TensorPickle();
        pickle.Op("\u0080\u0002").Dictionary().Op("(");
        for (var i = 0; i < specs.Count; i++) pickle.Tensor(specs[i], i);
        pickle.Op("u.");
        return [.. pickle._program];
    }

    private void Tensor(WeightSpec spec, int key)
    {
        var strides = new long[spec.Dimensions.Length];
        var count = 1L;
        for (var axis = strides.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = count;
            count *= spec.Dimensions[axis];
        }

        Text(spec.Name).Op("ctorch._utils\n_rebuild_tensor_v2\n(");
        Op("(").Text("storage").Op("ctorch\nFloatStorage\n").Text($"{key}").Text("cpu").Integer(count).Op("tQ");
        Integer(0).Tuple(spec.Dimensions).Tuple(strides).Op("\u0089").Dictionary().Op("tR");
    }

    private TensorPickle Dictionary() => Op("ccollections\nOrderedDict\n)R");

    private TensorPickle Text(string text)
    {
        _program.Add((byte)'X');
        _program.AddRange(BitConverter.GetBytes(Encoding.UTF8.GetByteCount(text)));
        _program.AddRange(Encoding.UTF8.GetBytes(text));
        return this;
    }

    private TensorPickle Integer(long value)
    {
        _program.Add((byte)'J');
        _program.AddRange(BitConverter.GetBytes(checked((int)value)));
        return this;
    }

    private TensorPickle Tuple(long[] values)
    {
        Op("(");
        foreach (var value in values) Integer(value);
        return Op("t");
    }

    /// <summary>Opcodes and their texts, a byte a character.</summary>
    private TensorPickle Op(string bytes)
    {
        _program.AddRange(Encoding.Latin1.GetBytes(bytes));
        return this;
    }
}
