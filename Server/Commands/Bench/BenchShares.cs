using Molmo.Demo.Inference;
using Molmo.Demo.Inference.Limits;

namespace Molmo.Demo.Server.Commands.Bench;

/// <summary>What the medians are of the limits of the machine.</summary>
/// <param name="Processor">Where the limits were measured.</param>
/// <param name="Date">When.</param>
/// <param name="Note">What makes the shares doubtful; null where nothing does.</param>
/// <param name="EncodeCrop">Vision and connector.</param>
/// <param name="Prefill">All prompt positions.</param>
/// <param name="Decode">A token of one answer about the picture.</param>
/// <param name="Batch">A step of several answers; null for a mixture of experts.</param>
/// <param name="FirstToken">Of the first question: encoding and prefill.</param>
internal sealed record BenchShares(
    string Processor, DateTimeOffset Date, string? Note, StageShare? EncodeCrop, StageShare? Prefill,
    StageShare? Decode, StageShare? Batch, StageShare? FirstToken)
{
    private const double Giga = 1e9, Milli = 1e3;

    /// <summary>The stages in which the engine computes.</summary>
    private enum Stage
    {
        Vision,
        Connector,
        Prefill,
    }

    /// <param name="file">The limits.</param>
    /// <param name="work">What the network has to do.</param>
    /// <param name="library">What computes: limits are those of the managed engine.</param>
    /// <param name="result">With everything but the shares.</param>
    /// <param name="vision">How the picture encoder is kept.</param>
    public static BenchShares Of(
        LimitsFile file, ModelWork work, string library, BenchResult result,
        VisionPrecision vision = VisionPrecision.Auto)
    {
        var note = file.NoteFor(result.Machine);
        if (library != "managed" || WeightBits(result.Stamp.Precision) is not { } bits)
            return new(file.Machine.Processor, file.Date,
                $"The limits are of this processor in C#; here {library} computes in {result.Stamp.Precision}.",
                null, null, null, null, null);

        var (image, median, limits) = (result.Image, result.Median, file.Limits);
        var (precision, threads) = (result.Stamp.Precision, result.Machine.Threads);
        var encode = Computing(Stage.Vision, work.VisionOperations)
            + Computing(Stage.Connector, work.ConnectorOperations);
        var prefill = Computing(Stage.Prefill, work.PrefillOperations(image.PromptTokens));
        var decode = Reading(work.DecodeBytes(bits, image.PromptTokens + (image.AnswerTokens / 2.0)));
        var together = work.DecodeBytes(bits, image.TextTokens + (image.TextAnswerTokens / 2.0), image.TextAnswers);
        var stepMs = image.TextAnswers * Milli / median.BatchTokensPerSecond;
        return new(
            file.Machine.Processor, file.Date, note,
            encode.Share(median.EncodeCropMs), prefill.Share(median.TextPrefillMs),
            decode.Share(Milli / median.TokensPerSecond),
            together is { } bytes ? Reading(bytes).Share(stepMs) : null,
            ((encode * image.Crops) + prefill).Share(median.FirstTokenMs));

        StageLimit Computing(Stage stage, double operations)
        {
            var weights = Enum.Parse<WeightPrecision>(precision, ignoreCase: true);
            var (name, rate) = Arithmetic(
                stage == Stage.Prefill ? weights : vision.With(weights, work.Family), limits, threads);
            return new(name, operations / (rate * Giga) * Milli);
        }

        StageLimit Reading(double bytes)
            => new("read", bytes / (limits.ReadGigabytesPerSecond.For(threads) * Giga) * Milli);
    }

    /// <summary>
    /// The arithmetic of a stage's products and its limit, giga of operations a second: integers for weights of
    /// integers, float32 for the others. The faster of both ways to
    /// multiply 8 bits.
    /// </summary>
    private static (string Name, double Rate) Arithmetic(
        WeightPrecision precision, MachineLimits limits, int threads)
        => precision switch
        {
            WeightPrecision.Int4 => ("int4", limits.Int4Gops.For(threads)),
            WeightPrecision.Int8 => (
                "int8", Math.Max(limits.Int8Gops.For(threads), limits.Int8VnniGops?.For(threads) ?? 0)),
            _ => ("float32", limits.Float32Gflops.For(threads)),
        };

    /// <summary>Bits of a weight with its share of a scale; null where the managed engine has no such form.</summary>
    private static double? WeightBits(string precision) => precision switch
    {
        "float32" => 32,
        "bfloat16" => 16,
        "int8" => 8.5,
        "int4" => 4.5,
        _ => null,
    };
}

/// <summary>A stage beside its limit.</summary>
/// <param name="Arithmetic">What limits it: <c>float32</c>, <c>int8</c>, <c>int4</c> or <c>read</c>.</param>
/// <param name="LimitMs">Milliseconds that it would take at the limit.</param>
/// <param name="Share">Those over the milliseconds that it took: 1 is the limit.</param>
internal sealed record StageShare(string Arithmetic, double LimitMs, double Share);

/// <summary>What a stage takes at the limit.</summary>
internal readonly record struct StageLimit(string Arithmetic, double Ms)
{
    public static StageLimit operator +(StageLimit left, StageLimit right) => new(
        left.Arithmetic == right.Arithmetic ? left.Arithmetic : $"{left.Arithmetic} + {right.Arithmetic}",
        left.Ms + right.Ms);

    public static StageLimit operator *(StageLimit limit, int times) => limit with { Ms = limit.Ms * times };

    /// <param name="ms">What it took.</param>
    /// <returns>Null where that was too little to be seen.</returns>
    public StageShare? Share(double ms)
        => double.IsFinite(ms) && ms > 0 ? new(Arithmetic, Math.Round(Ms, 4), Math.Round(Ms / ms, 4)) : null;
}
