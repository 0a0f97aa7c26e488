namespace Molmo.Demo.Client.Tests.Fakes;

/// <summary>Pictures in memory, one visitor's all of them.</summary>
internal sealed class FakeImages : IImageCatalog
{
    private readonly Dictionary<ImageId, ImageInfo> _images = [];

    public IReadOnlyList<SampleScene> Samples { get; set; } =
        [new("scene-03.png", "How many penguins are there?"), new("scene-08.jpg", "Point to the strawberries.")];

    /// <summary>Of the gallery's pictures.</summary>
    public (int Width, int Height) Size { get; set; } = (800, 600);

    public ImageInfo Add(string name = "photo.jpg", int width = 800, int height = 600)
    {
        var info = new ImageInfo(ImageId.New(), width, height, name, new string('0', 64));
        _images[info.Id] = info;
        return info;
    }

    public Task<ImageInfo?> FindAsync(VisitorId visitor, ImageId id, CancellationToken cancellationToken)
        => Task.FromResult(_images.GetValueOrDefault(id));

    public Task<ImageInfo?> TakeSampleAsync(VisitorId visitor, string file, CancellationToken cancellationToken)
        => Task.FromResult(Samples.Any(sample => sample.File == file) ? Add(file, Size.Width, Size.Height) : null);
}
