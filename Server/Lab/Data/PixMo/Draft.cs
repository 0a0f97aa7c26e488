namespace Molmo.Demo.Lab.Data.PixMo;

/// <summary>An example some of whose rows have been read. Of the picture it keeps the size alone.</summary>
internal sealed class Draft
{
    private readonly List<Annotation> _annotations = [];
    private readonly List<LabelPoints> _labels = [];

    private Draft()
    {
    }

    /// <summary>In pixels, upright; null where the picture cannot be decoded.</summary>
    public (int Width, int Height)? Size { get; private init; }

    /// <summary>Whether that it cannot be decoded was counted.</summary>
    public bool IsCounted { get; set; }

    public IReadOnlyList<Annotation> Annotations => _annotations;

    public IReadOnlyList<LabelPoints> Labels => _labels;

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

    /// <summary>A label that was annotated twice is asked about once.</summary>
    public void Add(RowResult result)
    {
        _annotations.AddRange(result.Annotations);
        if (result.Label is { } label && _labels.TrueForAll(known => known.Label != label.Label)) _labels.Add(label);
    }
}
