using System.Buffers;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Lab.Evaluation;

namespace Molmo.Demo.Lab.Data;

/// <summary>
/// Fills a folder that <see cref="ExampleFolder"/> reads: pictures, <c>examples.jsonl</c> and, where objects are known,
/// <c>truth.json</c> or <c>questions.jsonl</c>. The lists get their names by <see cref="Complete"/>; without it all
/// that was written is deleted. For one thread.
/// </summary>
internal sealed class ExampleWriter : IDisposable
{
    private const string Ending = ".part";

    private static readonly SearchValues<char> PlainCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

    private readonly string _folder;
    private readonly bool _isNew;
    private readonly List<string> _pictures = [];
    private readonly StreamWriter _examples;
    private readonly TruthWriter _truth;
    private readonly QuestionWriter _questions;
    private bool _isDone;

    private ExampleWriter(string folder, bool isNew)
    {
        (_folder, _isNew) = (folder, isNew);
        _examples = new StreamWriter(Temporary(ExampleFolder.FileName));
        _truth = new TruthWriter(Temporary(TruthWriter.FileName));
        _questions = new QuestionWriter(Temporary(QuestionLines.FileName));
    }

    /// <summary>Examples added so far.</summary>
    public long Count { get; private set; }

    /// <param name="folder">A new one, or an empty one.</param>
    /// <exception cref="CommandException">It has files, or it cannot be made.</exception>
    public static ExampleWriter Open(string folder)
    {
        folder = Path.GetFullPath(folder);
        var isNew = !Directory.Exists(folder);
        if (!isNew && Guard(folder, () => Directory.EnumerateFileSystemEntries(folder).Any()))
            throw new CommandException(
                $"The folder {folder} is not empty. Nothing was written; name a new one with --out.");
        return Guard(folder, () =>
        {
            Directory.CreateDirectory(folder);
            return new ExampleWriter(folder, isNew);
        });
    }

    /// <summary>Adds an example; its picture, if it has one, is written as PNG under a number.</summary>
    /// <exception cref="CommandException">Writing failed.</exception>
    public void Add(Example example)
    {
        if (example.Picture is not { } picture)
        {
            Write(null, example.Annotations, example.Objects);
            return;
        }

        using var file = new MemoryStream();
        PngEncoder.Encode(picture, file);
        Add(Store(file.GetBuffer().AsSpan(0, (int)file.Length), ".png"), (picture.Width, picture.Height),
            example.Annotations, example.Objects);
    }

    /// <summary>Adds an example of a picture that is in the folder.</summary>
    /// <param name="image">Its name in the folder, as <see cref="Store"/> gives it.</param>
    /// <param name="size">In pixels, upright.</param>
    /// <param name="annotations">At least one, unless there are objects.</param>
    /// <param name="objects">All that is in it; empty where that is not known.</param>
    /// <exception cref="CommandException">Writing failed.</exception>
    public void Add(
        string image, (int Width, int Height) size, IReadOnlyList<Annotation> annotations,
        IReadOnlyList<SceneObject> objects)
    {
        Write(image, annotations, objects);
        if (objects.Count > 0) Guard(_folder, () => _truth.Add(image, size, objects));
    }

    /// <summary>
    /// Adds an example of a picture of which some labels are known, not all: nothing is to be learned from the rest of
    /// it, and it is not to be asked whether other labels are absent.
    /// </summary>
    /// <param name="image">Its name in the folder.</param>
    /// <param name="annotations">At least one.</param>
    /// <param name="labels">Those that are known.</param>
    /// <exception cref="CommandException">Writing failed.</exception>
    public void Add(string image, IReadOnlyList<Annotation> annotations, IReadOnlyList<LabelPoints> labels)
    {
        Write(image, annotations, []);
        Guard(_folder, () =>
        {
            foreach (var label in labels) _questions.Add(image, label);
        });
    }

    /// <summary>Writes a picture's file as it is into the folder.</summary>
    /// <param name="file">All bytes of it.</param>
    /// <param name="extension">With its dot; left away where it is not of a few plain letters and digits.</param>
    /// <returns>The name it got there, a number.</returns>
    /// <exception cref="CommandException">Writing failed.</exception>
    public string Store(ReadOnlySpan<byte> file, string extension)
    {
        var isPlain = extension.Length is > 1 and <= 6 && extension[0] == '.'
            && extension.AsSpan(1).IndexOfAnyExcept(PlainCharacters) < 0;
        var name = string.Create(
            CultureInfo.InvariantCulture, $"{_pictures.Count + 1:D7}{(isPlain ? extension.ToLowerInvariant() : "")}");
        _pictures.Add(name);
        try
        {
            File.WriteAllBytes(Path.Combine(_folder, name), file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure(_folder, e);
        }

        return name;
    }

    /// <summary>Gives the lists their names: the folder is whole.</summary>
    /// <exception cref="CommandException">Writing failed.</exception>
    public void Complete() => Guard(_folder, () =>
    {
        _examples.Dispose();
        _truth.Dispose();
        _questions.Dispose();
        foreach (var (name, count) in (ReadOnlySpan<(string, long)>)
            [(TruthWriter.FileName, _truth.Count), (QuestionLines.FileName, _questions.Count)])
        {
            if (count > 0) File.Move(Temporary(name), Path.Combine(_folder, name));
            else File.Delete(Temporary(name));
        }

        File.Move(Temporary(ExampleFolder.FileName), Path.Combine(_folder, ExampleFolder.FileName));
        _isDone = true;
    });

    public void Dispose()
    {
        if (_isDone) return;
        try
        {
            _examples.Dispose();
            _truth.Dispose();
            _questions.Dispose();
            if (_isNew)
            {
                Directory.Delete(_folder, recursive: true);
                return;
            }

            foreach (var name in (string[])
                [TruthWriter.FileName, QuestionLines.FileName, ExampleFolder.FileName])
                _pictures.AddRange(name, name + Ending);
            foreach (var name in _pictures) File.Delete(Path.Combine(_folder, name));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What failed before is what there is to say; a disk that is full fails here once more.
        }
    }

    private string Temporary(string name) => Path.Combine(_folder, name + Ending);

    private void Write(string? image, IReadOnlyList<Annotation> annotations, IReadOnlyList<SceneObject> objects)
    {
        var row = new ExampleFolder.Row(image, annotations, [.. objects.Select(
            o => new ExampleFolder.Thing(o.Label, o.X, o.Y, o.Width, o.Height))]);
        Guard(_folder, () => _examples.Write(JsonSerializer.Serialize(row, ExampleFolder.Json) + "\n"));
        Count++;
    }

    private static void Guard(string folder, Action act) => Guard(folder, () =>
    {
        act();
        return true;
    });

    private static T Guard<T>(string folder, Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure(folder, e);
        }
    }

    private static CommandException Failure(string folder, Exception e)
        => new($"The folder {folder} cannot be written: {e.Message} Free some room or choose another with --out.", e);
}
