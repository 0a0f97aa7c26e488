using Molmo.Demo.Inference.Tensors;

namespace Molmo.Demo.Inference.Weights;

/// <summary>Weights below one path of a checkpoint, such as <c>model.transformer.blocks.0</c>.</summary>
public sealed class WeightScope
{
    private readonly WeightStore _store;
    private readonly string _path;

    internal WeightScope(WeightStore store, string path)
    {
        _store = store;
        _path = path;
    }

    /// <summary>The path below this one.</summary>
    public WeightScope Scope(string name) => new(_store, PathOf(name));

    /// <summary>Whether a tensor of that name is stored.</summary>
    public bool Has(string name) => _store.Has(PathOf(name));

    /// <summary>A tensor of an expected shape.</summary>
    /// <exception cref="ModelFormatException">It is missing, of another shape, or of a type that is not read as weights.</exception>
    public WeightTensor Tensor(string name, params long[] dimensions)
    {
        var path = PathOf(name);
        var expected = new Shape(dimensions);
        var tensor = _store.Find(path)
            ?? throw new ModelFormatException(_store.FileOf(path), path, $"is missing; expected {expected}.");
        if (tensor.Shape != expected)
            throw new ModelFormatException(_store.FileOf(path), path, $"expected {expected}, found {tensor.Shape}.");
        return tensor;
    }

    /// <summary>What to say of a tensor whose values a precision cannot hold.</summary>
    internal ModelFormatException Unfit(string name, WeightPrecision precision)
        => new(_store.FileOf(PathOf(name)), PathOf(name), $"holds a value that {precision.Name()} cannot express; weights of bfloat16 or float32 can.");

    /// <summary>The whole name of a tensor.</summary>
    internal string PathOf(string name) => _path.Length == 0 ? name : $"{_path}.{name}";
}
