using System.Buffers.Binary;

namespace Molmo.Demo.Inference.Tests.Preprocessing;

/// <summary>Arrays of a golden safetensors file; trusts the file.</summary>
internal sealed class GoldenTensors
{
    private readonly byte[] _file;
    private readonly JsonElement _header;
    private readonly int _dataStart;

    public GoldenTensors(string path)
    {
        _file = File.ReadAllBytes(path);
        int headerLength = checked((int)BinaryPrimitives.ReadInt64LittleEndian(_file));
        _header = JsonDocument.Parse(_file.AsMemory(8, headerLength)).RootElement;
        _dataStart = 8 + headerLength;
    }

    public IEnumerable<string> Names
        => _header.EnumerateObject().Select(property => property.Name).Where(name => name != "__metadata__");

    /// <summary>A tensor of F32 or I32 as floats.</summary>
    public float[] ReadNumbers(string name)
        => _header.GetProperty(name).GetProperty("dtype").GetString() == "I32"
            ? [.. Read<int>(name).Select(value => (float)value)]
            : Read<float>(name);

    public bool Contains(string name) => _header.TryGetProperty(name, out _);

    public T[] Read<T>(string name)
        where T : struct
    {
        var offsets = _header.GetProperty(name).GetProperty("data_offsets");
        int start = offsets[0].GetInt32(), end = offsets[1].GetInt32();
        return MemoryMarshal.Cast<byte, T>(_file.AsSpan(_dataStart + start, end - start)).ToArray();
    }
}
