namespace Molmo.Demo.Lab.Judging;

/// <summary>Answers from a file of replies, and asks another judge what the file does not have.</summary>
internal sealed class RecordedJudge : IJudge
{
    private readonly Dictionary<JudgeRequest, Queue<string>> _replies = [];
    private readonly string _path;
    private readonly IJudge? _other;

    private RecordedJudge(string path, IJudge? other) => (_path, _other) = (path, other);

    /// <param name="path">JSON lines of <see cref="JudgeExchange"/>.</param>
    /// <param name="other">Asked for what is not there; null for nobody.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="CommandException">The file is missing or a line is of another form.</exception>
    public static async Task<RecordedJudge> OpenAsync(string path, IJudge? other, CancellationToken cancellationToken)
    {
        if (!File.Exists(path)) throw new CommandException($"There is no file {path}. Make one with --record.");
        var judge = new RecordedJudge(path, other);
        var number = 0;
        await foreach (var line in File.ReadLinesAsync(path, cancellationToken))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (Read(line) is not { } exchange)
                throw new CommandException($"Line {number} of {path} is no request with its reply.");
            var request = new JudgeRequest(exchange.System, exchange.User);
            if (!judge._replies.TryGetValue(request, out var replies)) judge._replies[request] = replies = new();
            replies.Enqueue(exchange.Reply);
        }

        return judge;
    }

    public Task<string> AskAsync(JudgeRequest request, CancellationToken cancellationToken)
    {
        // The last reply stays: two rows may hold the same caption.
        if (_replies.TryGetValue(request, out var replies))
            return Task.FromResult(replies.Count > 1 ? replies.Dequeue() : replies.Peek());
        return _other?.AskAsync(request, cancellationToken) ?? throw new CommandException(
            $"The file {_path} has no reply to one of the requests: the answers or the prompts have changed. "
                + "Name a judge with --judge.");
    }

    private static JudgeExchange? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<JudgeExchange>(line, JudgeLog.Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
