using System.CommandLine;
using Molmo.Demo.Server.Images;

namespace Molmo.Demo.Lab;

/// <summary>
/// <c>store-answers FOLDER</c>: asks the gallery's questions about the gallery's pictures in a folder and writes the
/// answers into it. An answer that is already there just so keeps its date, so that the same model writes the same
/// bytes again.
/// </summary>
internal sealed class StoreAnswersCommand : Command
{
    private readonly Argument<string> _folder =
        new("folder") { Description = "Folder with the gallery's pictures, such as wwwroot/samples." };
    private readonly EngineSettings _engine = new();

    public StoreAnswersCommand()
        : base("store-answers", "Ask the gallery's questions and keep the answers beside its pictures.")
    {
        foreach (var option in _engine.All) Add(option);
        Add(_folder);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var folder = arguments.GetRequiredValue(_folder);
        if (!Directory.Exists(folder)) throw new CommandException($"There is no folder {folder}.");
        var path = Path.Combine(folder, StoredAnswers.FileName);
        var kept = await ReadKeptAsync(path, cancellationToken);
        await using var model = await LocalModel.OpenAsync(
            _engine.Read(arguments), arguments.InvocationConfiguration.Error, cancellationToken);
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        var answers = new List<StoredAnswer>();
        foreach (var scene in SampleGallery.Questions)
        {
            var made = await AskAsync(model, folder, scene, today, cancellationToken);
            var before = kept.FirstOrDefault(answer => answer.File == made.File);
            var isSame = before is not null && made == before with { Date = made.Date };
            answers.Add(isSame ? before! : made);
            await arguments.InvocationConfiguration.Output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"{scene.File}  {scene.Question}  {(isSame ? "as it was" : "stored")}"));
        }
        try
        {
            await File.WriteAllTextAsync(path, StoredAnswers.Write(answers), cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The file {path} cannot be written: {e.Message}", e);
        }
        return 0;
    }

    private static async Task<StoredAnswer> AskAsync(
        LocalModel model, string folder, SampleScene scene, DateOnly date, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, scene.File);
        var file = await ImageFile.ReadAsync(path, cancellationToken);
        var image = ImageFile.Decode(path, file, cancellationToken);
        var answer = await model.AskAsync(
            image, scene.Question, SamplingChoice.Greedy, PromptChoice.Plain, write: null, cancellationToken);
        return new StoredAnswer(
            scene.File, scene.Question, answer.Text, answer.Reason, StoredAnswer.LastingPart(answer.Stamp),
            answer.Sent!, StoredAnswers.HashOf(file), date);
    }

    private static async Task<ImmutableArray<StoredAnswer>> ReadKeptAsync(
        string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path)) return [];
        try
        {
            return StoredAnswers.Read(await ImageFile.ReadAsync(path, cancellationToken));
        }
        catch (JsonException e)
        {
            throw new CommandException(
                $"The file {path} is not one of stored answers ({e.Message}). Move it away to have it written anew.",
                e);
        }
    }
}
