using System.Collections.Concurrent;
using System.Collections.Immutable;
using Molmo.Demo.Shared.Images;

namespace Molmo.Demo.Server.Images;

/// <summary>Pictures of the web root to try, each with a question. The embedded checkpoint answers all but the last two well.</summary>
internal sealed class SampleGallery(IWebHostEnvironment environment, PictureIntake intake)
{
    private readonly ConcurrentDictionary<string, StoredForm> _forms = [];

    public ImmutableArray<SampleScene> Scenes { get; } =
    [
        new("scene-03.png", "How many penguins are there?"),
        new("scene-08.jpg", "Point to the strawberries."),
        new("scene-06.jpg", "How many fish are there?"),
        new("scene-05.png", "Point to the flowers."),
        new("scene-09.png", "How many green squares are there?"),
        new("scene-04.jpg", "How many cars are there?"),
        new("scene-07.png", "How many dogs are there?"),
    ];

    /// <summary>What an upload of the file would store, made once; null where it is not one of <see cref="Scenes"/>.</summary>
    public async Task<StoredForm?> FindAsync(string file, CancellationToken cancellationToken)
    {
        if (!Scenes.Any(scene => scene.File == file)) return null;
        if (_forms.TryGetValue(file, out var known)) return known;
        var found = environment.WebRootFileProvider.GetFileInfo($"samples/{file}");
        if (!found.Exists) return null;
        await using var stream = found.CreateReadStream();
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, cancellationToken);
        return _forms.GetOrAdd(file, await intake.TakeAsync(bytes.ToArray(), cancellationToken));
    }
}
