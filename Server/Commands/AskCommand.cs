using System.CommandLine;
using System.Security.Cryptography;
using Molmo.Demo.Client.Localization;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Chat;

namespace Molmo.Demo.Server.Commands;

/// <summary><c>ask --image FILE "question"</c>: one answer on standard output.</summary>
internal sealed class AskCommand : Command
{
    private readonly Argument<string> _question = new("question") { Description = "What to ask." };
    private readonly Option<string?> _image = new("--image", "-i")
    {
        Description = "The picture to ask about (PNG, JPEG, WebP, GIF or BMP).",
        HelpName = "file"
    };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object." };
    private readonly EngineSettings _engine = new();
    private readonly PromptOptions _prompt = new();
    private readonly Option<double> _temperature =
        new("--temperature") { Description = "0 (the likeliest token) to 2." };
    private readonly Option<int> _topK = new("--top-k") { Description = "Keep the k likeliest tokens; 0 keeps all." };
    private readonly Option<double> _topP = new("--top-p")
    {
        Description = "Keep the likeliest tokens up to this sum of probabilities, above 0 to 1.",
        DefaultValueFactory = _ => 1
    };
    private readonly Option<long?> _seed =
        new("--seed") { Description = "Seed of the random choice: the same seed gives the same answer." };
    private readonly Option<int> _maxTokens = new("--max-tokens")
    {
        Description = $"Length stop, 1 to {ChatLimits.AnswerTokens}.",
        DefaultValueFactory = _ => ChatLimits.AnswerTokens
    };

    public AskCommand()
        : base("ask", "Ask one question about a picture.")
    {
        foreach (var option in (Option[])[_image, _json, .. _engine.All, _prompt.Style, _prompt.MaxCrops, _temperature,
            _topK, _topP, _seed, _maxTokens])
            Add(option);
        Add(_question);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var question = arguments.GetRequiredValue(_question);
        var sampling = ReadSampling(arguments);
        var prompt = _prompt.Read(arguments);
        Check(question, sampling, prompt);
        var file = arguments.GetValue(_image);
        var image = file is null ? null : await ImageFile.LoadAsync(file, cancellationToken);
        var (output, error) = (arguments.InvocationConfiguration.Output, arguments.InvocationConfiguration.Error);
        if (image?.Remark == ImageRemark.WrongChecksum)
            await error.WriteLineAsync(Words.Of(new PictureChecksumWrong()));
        await using var model = await LocalModel.OpenAsync(_engine.Read(arguments), error, cancellationToken);
        var isJson = arguments.GetValue(_json);
        var prose = new ProseWriter(output);
        Action<GenerationEvent>? write = isJson ? null : prose.Write;
        var answer = await model.AskAsync(image, question, sampling, prompt, write, cancellationToken);
        var result = AskResult.From(question, file, image, answer, model.LoadMs);
        if (isJson)
        {
            await output.WriteLineAsync(CommandJson.Write(result));
            return 0;
        }

        await output.WriteLineAsync();
        foreach (var line in PointTable.Lines(result.Points)) await output.WriteLineAsync(line);
        foreach (var note in answer.Told.Notes.Where(note => !note.IsOnOutput))
            await error.WriteLineAsync(Words.Of(note));
        await error.WriteLineAsync(Summary(answer));
        return 0;
    }

    /// <summary>The rules of every question, in the words of a command line.</summary>
    private static void Check(string question, SamplingChoice sampling, PromptChoice prompt)
    {
        if (string.IsNullOrWhiteSpace(question)) throw new CommandException("The question is empty.");
        if (sampling.OutOfRange is { } setting)
        {
            throw new CommandException(setting switch
            {
                SamplingSetting.Temperature => "--temperature is a number from 0 to 2.",
                SamplingSetting.TopK => "--top-k is a number from 0.",
                SamplingSetting.TopP => "--top-p is a number above 0 and at most 1.",
                _ => $"--max-tokens is a number from 1 to {ChatLimits.AnswerTokens}.",
            });
        }
        try
        {
            QuestionRules.Check(new Question(ConversationId.New(), question, null, sampling, Prompt: prompt));
        }
        catch (ChatRefusedException e)
        {
            throw new CommandException(Words.Of(e.Fact));
        }
    }

    private static string Summary(LocalAnswer answer) => string.Create(CultureInfo.InvariantCulture,
        $"{answer.Stamp.Model}, {Words.Of(answer.Stamp.Device)}: {answer.Usage.AnswerTokens} tokens, "
            + $"the first after {answer.Timings.FirstTokenMs:F0} ms, then {answer.Timings.TokensPerSecond:F0} a "
            + $"second{(answer.Reason == EndReason.Length ? "; cut at the length limit" : "")}.");

    private SamplingChoice ReadSampling(ParseResult arguments)
    {
        var temperature = arguments.GetValue(_temperature);
        // Random answers can be had again only when their seed is known: one is drawn where none is given.
        var seed = arguments.GetValue(_seed) ?? (temperature > 0 ? RandomNumberGenerator.GetInt32(int.MaxValue) : null);
        return new SamplingChoice(
            temperature, arguments.GetValue(_topK), arguments.GetValue(_topP), seed, arguments.GetValue(_maxTokens));
    }
}
