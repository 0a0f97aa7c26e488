using System.Collections.Concurrent;
using Microsoft.Extensions.FileProviders;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Images;

/// <summary>Pictures of the web root to try, each with a question and what was answered to it once.</summary>
internal sealed class SampleGallery
{
    private readonly IFileProvider _files;
    private readonly ImageIntake _intake;
    private readonly ConcurrentDictionary<string, StoredForm> _forms = [];

    public SampleGallery(IWebHostEnvironment environment, ImageIntake intake, ILogger<SampleGallery> log)
    {
        _files = environment.WebRootFileProvider;
        _intake = intake;
        Scenes = WithAnswers(log);
    }

    /// <summary>Files and their questions.</summary>
    public static ImmutableArray<SampleScene> Questions { get; } =
    [
        new("scene-03.png", "How many penguins are there?"),
        new("scene-08.jpg", "Point to the strawberries."),
        new("scene-06.jpg", "How many fish are there?"),
        new("scene-05.png", "Point to the flowers."),
        new("scene-09.png", "How many green squares are there?"),
        new("scene-04.jpg", "How many cars are there?"),
        new("scene-07.png", "How many dogs are there?"),
        new("drawn-microscope.png", "How many red blood cells are there?") { Subject = SampleSubject.Microscope },
    ];

    /// <summary>The gallery, each scene with its stored answer where there is one.</summary>
    public ImmutableArray<SampleScene> Scenes { get; }

    /// <summary>
    /// What an upload of the file would store, made once; null where it is not one of <see cref="Scenes"/>.
    /// </summary>
    public async Task<StoredForm?> FindAsync(string file, CancellationToken cancellationToken)
    {
        if (!Scenes.Any(scene => scene.File == file)) return null;
        if (_forms.TryGetValue(file, out var known)) return known;
        if (Read(file) is not { } bytes) return null;
        return _forms.GetOrAdd(file, await _intake.TakeAsync(bytes, cancellationToken));
    }

    // An answer is about one picture and one question: where either was replaced, it is not shown.
    private ImmutableArray<SampleScene> WithAnswers(ILogger log)
    {
        try
        {
            if (Read(StoredAnswers.FileName) is not { } file) return Questions;
            var answers = StoredAnswers.Read(file);
            var checks = Read(StoredAnswers.ChecksFileName) is { } checksFile
                ? StoredAnswers.ReadChecks(checksFile) : ImmutableDictionary<string, Audit>.Empty;
            return
            [
                .. Questions.Select(scene => scene with
                {
                    Answer = answers.FirstOrDefault(answer => answer.File == scene.File
                        && answer.Question == scene.Question
                        && Read(scene.File) is { } picture && StoredAnswers.HashOf(picture) == answer.PictureHash)
                        is { } found ? found with { Subject = scene.Subject } : null,
                }).Select(scene => scene.Answer is null
                    ? scene : scene with { Check = checks.GetValueOrDefault(scene.File) }),
            ];
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            log.LogWarning(
                "The stored answers of the gallery cannot be read ({Reason}); it is shown without them.", e.Message);
            return Questions;
        }
    }

    private byte[]? Read(string file)
    {
        var found = _files.GetFileInfo($"samples/{file}");
        if (!found.Exists) return null;
        using var stream = found.CreateReadStream();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
