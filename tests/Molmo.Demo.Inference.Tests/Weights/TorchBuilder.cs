using Molmo.Demo.Inference.Tensors;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Tests.Weights;

/// <summary>Writes files of torch as torch itself lays them out.</summary>
internal static class TorchBuilder
{
    /// <summary>A tensor that lies plainly in a storage of its own.</summary>
    public sealed record Stored(string Name, string StorageType, long[] Shape, byte[] Content)
    {
        public long Count => Shape.Aggregate(1L, (product, length) => product * length);

        public long[] Strides
            => [.. Shape.Select((_, axis) => Shape[(axis + 1)..].Aggregate(1L, (product, length) => product * length))];
    }

    /// <summary>An archive of this pickle, and of storages 0, 1, 2, ...</summary>
    public static byte[] Archive(byte[] pickle, params byte[][] storages)
        => Archive(new ZipBuilder(), pickle, storages);

    public static byte[] Archive(ZipBuilder zip, byte[] pickle, params byte[][] storages)
    {
        zip.Add("archive/data.pkl", pickle).Add("archive/byteorder", "little"u8);
        for (var i = 0; i < storages.Length; i++) zip.Add($"archive/data/{i}", storages[i]);
        return zip.Add("archive/version", "3\n"u8).ToArray();
    }

    /// <summary>A state dictionary with notes of everything and the version marks that modules leave.</summary>
    public static byte[] StateDictionary(int protocol, params Stored[] tensors)
    {
        var pickle = new PickleBuilder(protocol);
        if (protocol >= 4) pickle.Raw(0x95, 0, 0, 0, 0, 0, 0, 0, 0);
        pickle.OrderedDictionary();
        Note(0).Op("(");
        for (var i = 0; i < tensors.Length; i++)
        {
            pickle.Text(tensors[i].Name);
            Note(2 * i + 1)
                .Tensor(tensors[i].StorageType, $"{i}", tensors[i].Count, 0, tensors[i].Shape, tensors[i].Strides);
            Note(2 * i + 2);
        }

        pickle.Op("u}").Text("_metadata").OrderedDictionary().Text("").Op("}").Text("version").Int(1).Op("sssb.");
        return Archive(
            new ZipBuilder { Zip64 = protocol >= 4 }, pickle.ToArray(), [.. tensors.Select(tensor => tensor.Content)]);

        PickleBuilder Note(int key) => protocol >= 4 ? pickle.Raw(0x94)
            : key < 256 ? pickle.Raw((byte)'q', (byte)key)
            : pickle.Raw((byte)'r').Raw(BitConverter.GetBytes(key));
    }

    /// <summary>The same tensors as a safetensors file.</summary>
    public static Stored[] ReadSafetensors(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return [.. file.Tensors.Values.Select(entry => new Stored(
            entry.Name,
            entry.Type switch
            {
                DType.F32 => "FloatStorage",
                DType.F16 => "HalfStorage",
                DType.BF16 => "BFloat16Storage",
                _ => throw new NotSupportedException()
            },
            entry.Shape.Dimensions.ToArray(), file.Bytes(entry, 0, (int)entry.Length).ToArray()))];
    }
}
