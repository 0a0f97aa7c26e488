using System.Text.Encodings.Web;

namespace Molmo.Demo.Lab.Judging;

/// <summary>Asks a judge and keeps every request with its reply as a line of a file. The key is not in it.</summary>
internal sealed class JudgeLog : IJudge, IAsyncDisposable
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private readonly IJudge _judge;
    private readonly StreamWriter _file;

    /// <exception cref="CommandException">The file exists, or cannot be made.</exception>
    public JudgeLog(string path, IJudge judge)
    {
        _judge = judge;
        try
        {
            // Each line is on the disk at once: what was paid for stays, however the run ends.
            _file = new StreamWriter(new FileStream(path, FileMode.CreateNew)) { AutoFlush = true, NewLine = "\n" };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                $"The file {path} cannot be made: {e.Message} Name a new one with --record.", e);
        }
    }

    public async Task<string> AskAsync(JudgeRequest request, CancellationToken cancellationToken)
    {
        var reply = await _judge.AskAsync(request, cancellationToken);
        await _file.WriteLineAsync(
            JsonSerializer.Serialize(new JudgeExchange(request.System, request.User, reply), Json));
        return reply;
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();
}
