using Microsoft.Win32.SafeHandles;
using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Weights.Torch;

/// <summary>One file of torch: a zip of a pickled dictionary of tensors and of the numbers they are views of.</summary>
/// <remarks>The pickle is read as data by <see cref="PickleReader"/>; nothing in the file is executed.</remarks>
public sealed class TorchFile : WeightFile
{
    private const string Pickle = "/data.pkl";

    private readonly Dictionary<string, StoredZip.Entry> _entries;
    private readonly StoredZip.Entry _pickle;
    private readonly string _root;

    private TorchFile(string path, MappedFile map, Dictionary<string, StoredZip.Entry> entries)
        : base(path, map, 0)
    {
        _entries = entries;
        var pickles = entries.Keys.Where(name => name.EndsWith(Pickle, StringComparison.Ordinal)
            && name.IndexOf('/', StringComparison.Ordinal) == name.Length - Pickle.Length)
            .ToArray();
        if (pickles.Length != 1)
            throw new ModelFormatException(
                path, null, $"the archive holds {pickles.Length} entries NAME{Pickle}; expected one.");
        _root = pickles[0][..^Pickle.Length];
        _pickle = entries[pickles[0]];
        if (_pickle.Length > PickleReader.MaxLength)
            throw new ModelFormatException(
                path, "data.pkl", $"has {_pickle.Length} bytes, above the limit of {PickleReader.MaxLength}.");
        CheckByteOrder();
        Tensors = ReadTensors();
    }

    internal override ReadOnlySpan<byte> Header => Data(_pickle.Offset, (int)_pickle.Length);

    /// <exception cref="ModelFormatException">The file is missing, unreadable, or anything other than a dictionary of
    /// tensors.</exception>
    public static TorchFile Open(string path) => ModelFile.Open(path, Map);

    private static TorchFile Map(string path, SafeFileHandle handle)
    {
        var entries = StoredZip.Read(handle, path);
        var map = new MappedFile(handle, RandomAccess.GetLength(handle));
        try
        {
            return new TorchFile(path, map, entries);
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    /// <summary>Newer files say their byte order; older ones were all written on little-endian machines.</summary>
    private void CheckByteOrder()
    {
        const string name = "byteorder";
        if (!_entries.TryGetValue($"{_root}/{name}", out var entry)) return;
        if (entry.Length != 6 || !Data(entry.Offset, 6).SequenceEqual("little"u8))
            throw new ModelFormatException(Path, name, "is not 'little'.");
    }

    private Dictionary<string, TensorEntry> ReadTensors()
    {
        if (PickleReader.Read(Header, Path) is not Dictionary<object, object?> dictionary)
            throw new ModelFormatException(Path, "data.pkl", "the pickle is not a dictionary of tensors.");
        var tensors = new Dictionary<string, TensorEntry>(dictionary.Count, StringComparer.Ordinal);
        foreach (var (key, value) in dictionary)
        {
            if (key is not string name)
                throw new ModelFormatException(
                    Path, "data.pkl", $"the pickle has the key {key}, which is no name of a tensor.");
            if (value is not PickleTensor tensor)
                throw new ModelFormatException(Path, ModelFormatException.Shown(name), "is not a tensor.");
            tensors.Add(name, EntryOf(name, tensor));
        }

        return tensors;
    }

    private TensorEntry EntryOf(string name, PickleTensor tensor)
    {
        var (storage, size) = (tensor.Storage, tensor.Storage.Type.Size());
        if (!_entries.TryGetValue($"{_root}/data/{storage.Key}", out var bytes))
            throw Broken($"is a view of the storage {storage.Key}, which the archive does not hold");
        if (bytes.Length % size != 0 || bytes.Length / size != storage.ElementCount)
            throw Broken($"is a view of the storage {storage.Key} of {storage.ElementCount} {storage.Type}, "
                + $"but that entry has {bytes.Length} bytes");

        var shape = new Shape(tensor.Size);
        long count;
        var last = tensor.Offset;
        var isPlain = true;
        try
        {
            count = shape.ElementCount;
            var step = 1L;
            for (var axis = shape.Rank - 1; axis >= 0; axis--)
            {
                var length = tensor.Size[axis];
                isPlain &= length == 1 || tensor.Stride[axis] == step;
                if (length > 0) last = checked(last + ((length - 1) * tensor.Stride[axis]));
                step = checked(step * length);
            }
        }
        catch (OverflowException)
        {
            throw Broken(
                $"has the shape {shape} with strides {new Shape(tensor.Stride)}, whose size does not fit in 63 bits");
        }

        if (count == 0 ? tensor.Offset > storage.ElementCount : last >= storage.ElementCount)
            throw Broken($"is a view from element {tensor.Offset} to {last} of the storage {storage.Key}, "
                + $"which has {storage.ElementCount}");
        if (count > storage.ElementCount)
            throw Broken(
                $"shows {count} elements of a storage of {storage.ElementCount}; repeated elements are not read");
        return new TensorEntry(name, storage.Type, shape, bytes.Offset + (tensor.Offset * size), count * size)
        {
            Strides = isPlain || count == 0 ? null : tensor.Stride
        };

        ModelFormatException Broken(string detail) => new(Path, ModelFormatException.Shown(name), detail + ".");
    }
}
