namespace Molmo.Demo.Lab.Data.PixMo;

/// <summary>An example some of whose rows have been read. Of the picture it keeps the size alone.</summary>
internal sealed class Draft
{
    private readonly List<Annotation> _annotations = [];
    private readonly List<SceneObject> _objects = [];

    private Draft()
    {
    }

    /// <summary>In pixels, upright; null where the picture cannot be decoded.</summary>
    public (int Width, int Height)? Size { get; private init; }

    /// <summary>Whether that it cannot be decoded was counted.</summary>
    public bool IsCounted { get; set; }

    public IReadOnlyList<Annotation> Annotations => _annotations;

    public IReadOnlyList<SceneObject> Objects => _objects;

    public static Draft Of(string path, byte[] file, CancellationToken cancellationToken)
    {
        try
        {
            var picture = ImageFile.Decode(path, file, cancellationToken);
            return new Draft { Size = (picture.Width, picture.Height) };
        }
        catch (CommandException)
        {
            return new Draft();
        }
    }

    /// <summary>A label that was annotated twice counts once among the objects.</summary>
    public void Add(RowResult result)
    {
        _annotations.AddRange(result.Annotations);
        _objects.AddRange(result.Objects.Where(o => _objects.TrueForAll(known => known.Label != o.Label)).ToArray());
    }
}
