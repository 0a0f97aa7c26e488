using System.Buffers.Binary;

namespace Molmo.Demo.Inference.Tests.Weights;

/// <summary>Writes safetensors files, right and wrong ones.</summary>
internal static class SafetensorsBuilder
{
    public static byte[] Make(string header, int dataLength)
        => Make(Encoding.UTF8.GetBytes(header), new byte[dataLength]);

    public static byte[] Make(byte[] header, byte[] data) => Make((ulong)header.Length, header, data);

    /// <summary>With a header length that need not be true.</summary>
    public static byte[] Make(ulong headerLength, byte[] header, byte[] data)
    {
        var prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, headerLength);
        return [.. prefix, .. header, .. data];
    }

    /// <summary>One entry of a header.</summary>
    public static string Entry(string name, string type, string shape, string offsets)
        => $"\"{name}\":{{\"dtype\":\"{type}\",\"shape\":{shape},\"data_offsets\":{offsets}}}";

    /// <summary>A right file of F32 tensors in the order given.</summary>
    public static byte[] Floats(params (string Name, int[] Shape, float[] Values)[] tensors)
    {
        var entries = new List<string>();
        var data = new List<byte>();
        foreach (var (name, shape, values) in tensors)
        {
            entries.Add(Entry(
                name, "F32", $"[{string.Join(',', shape)}]", $"[{data.Count},{data.Count + (4 * values.Length)}]"));
            foreach (var value in values) data.AddRange(BitConverter.GetBytes(value));
        }

        return Make(Encoding.UTF8.GetBytes($"{{{string.Join(',', entries)}}}"), [.. data]);
    }
}
