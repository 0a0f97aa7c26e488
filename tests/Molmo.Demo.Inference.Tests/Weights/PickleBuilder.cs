namespace Molmo.Demo.Inference.Tests.Weights;

/// <summary>Writes pickles opcode by opcode, in the forms of protocol 2 or 4.</summary>
internal sealed class PickleBuilder
{
    private readonly List<byte> _program = [];
    private readonly int _protocol;

    public PickleBuilder(int protocol = 2)
    {
        _protocol = protocol;
        Raw(0x80, (byte)protocol);
    }

    public static PickleBuilder Empty() => new PickleBuilder().Clear();

    public PickleBuilder Raw(params byte[] bytes)
    {
        _program.AddRange(bytes);
        return this;
    }

    public PickleBuilder Op(string opcodes) => Raw(Encoding.ASCII.GetBytes(opcodes));

    public PickleBuilder Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (_protocol >= 4 && bytes.Length < 256) return Raw(0x8c, (byte)bytes.Length).Raw(bytes);
        return Raw((byte)'X').Raw(BitConverter.GetBytes(bytes.Length)).Raw(bytes);
    }

    public PickleBuilder Int(long value) => value switch
    {
        >= 0 and < 256 => Raw((byte)'K', (byte)value),
        >= 256 and < 65536 => Raw((byte)'M', (byte)value, (byte)(value >> 8)),
        >= int.MinValue and <= int.MaxValue => Raw((byte)'J').Raw(BitConverter.GetBytes((int)value)),
        _ => Raw(0x8a, 8).Raw(BitConverter.GetBytes(value)),
    };

    public PickleBuilder Global(string module, string name)
        => _protocol >= 4 ? Text(module).Text(name).Raw(0x93) : Op($"c{module}\n{name}\n");

    public PickleBuilder Tuple(params long[] values)
    {
        Op("(");
        foreach (var value in values) Int(value);
        return Op("t");
    }

    public PickleBuilder OrderedDictionary() => Global("collections", "OrderedDict").Op(")R");

    public PickleBuilder Storage(string type, string key, long count)
        => Op("(").Text("storage").Global("torch", type).Text(key).Text("cpu").Int(count).Op("tQ");

    public PickleBuilder Tensor(string type, string key, long count, long offset, long[] size, long[] stride)
        => Global("torch._utils", "_rebuild_tensor_v2")
            .Op("(").Storage(type, key, count).Int(offset).Tuple(size).Tuple(stride)
            .Raw(0x89).OrderedDictionary().Op("tR");

    public byte[] ToArray() => [.. _program];

    private PickleBuilder Clear()
    {
        _program.Clear();
        return this;
    }
}
