using Molmo.Demo.Inference.Limits;

namespace Molmo.Demo.Server.Commands.Bench;

/// <summary>What <c>bench --measure-limits</c> writes and <c>bench --limits</c> reads.</summary>
/// <param name="Machine">Where it was measured.</param>
/// <param name="Date">When.</param>
/// <param name="Limits">What the machine reaches.</param>
internal sealed record LimitsFile(BenchMachine Machine, DateTimeOffset Date, MachineLimits Limits)
{
    private const string Remedy = "Write one with bench --measure-limits FILE.";

    /// <exception cref="CommandException">There is no such file, or it holds no limits.</exception>
    public static async Task<LimitsFile> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path)) throw new CommandException($"There is no file {path}. {Remedy}");
        try
        {
            var file = CommandJson.Read<LimitsFile>(await File.ReadAllTextAsync(path, cancellationToken));
            return file is { Machine: not null, Limits: { } limits } && IsWhole(limits)
                ? file
                : throw new CommandException(
                    $"The file {path} lacks limits, or has some that are not above 0. {Remedy}");
        }
        catch (JsonException e)
        {
            throw new CommandException($"The file {path} holds no limits: it is no such JSON. {Remedy}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The file {path} cannot be read: {e.Message}", e);
        }
    }

    /// <exception cref="CommandException">It cannot be written.</exception>
    public async Task WriteAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllTextAsync(path, CommandJson.Write(this) + "\n", cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The file {path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>What is to be said where these are another machine's limits; null where they are this one's.</summary>
    public string? NoteFor(BenchMachine here)
    {
        if (Machine.Processor != here.Processor)
            return $"The limits are of another processor: {Machine.Processor}, and this is {here.Processor}.";
        return (Machine.Cores, Machine.VectorBits) == (here.Cores, here.VectorBits)
            ? null
            : string.Create(CultureInfo.InvariantCulture,
                $"The limits are of {Machine.Cores} cores and {Machine.VectorBits} bits, "
                    + $"and these are {here.Cores} and {here.VectorBits}.");
    }

    private static bool IsWhole(MachineLimits limits)
    {
        ThreadLimits?[] all =
            [limits.Float32Gflops, limits.Int8Gops, limits.Int4Gops, limits.ReadGigabytesPerSecond,
            limits.Int8VnniGops ?? limits.Int8Gops];
        return all.All(both => both is { OneThread.Best: > 0, AllThreads.Best: > 0 });
    }
}
