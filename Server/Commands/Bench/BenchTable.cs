using Molmo.Demo.Inference.Limits;

namespace Molmo.Demo.Server.Commands.Bench;

/// <summary>Figures as lines for people.</summary>
internal static class BenchTable
{
    public static IEnumerable<string> Lines(BenchResult result)
    {
        var (median, image, shares) = (result.Median, result.Image, result.Shares);
        yield return string.Create(CultureInfo.InvariantCulture,
            $"{result.Stamp.Model} in {result.Stamp.Precision} on {result.Machine.Processor}, {result.Stamp.Device}: "
                + $"{image.Width} x {image.Height} pixels, {image.Crops} crops, {image.PromptTokens} positions, "
                + $"median of {result.Runs.Count}{Others(result.OthersShare)}.");
        if (shares?.Note is { } note) yield return note;
        yield return Row("", "median", "limit", "share", "of");
        yield return Row("decode picture", Ms(median.DecodeImageMs));
        yield return Row("preprocess", Ms(median.PreprocessMs));
        yield return Row("encode a crop", Ms(median.EncodeCropMs), shares?.EncodeCrop, Ms);
        yield return Row(
            "prefill", Rate(median.PrefillTokensPerSecond), shares?.Prefill,
            ms => Rate(image.PromptTokens * 1000 / ms));
        yield return Row("decode", Rate(median.TokensPerSecond), shares?.Decode, ms => Rate(1000 / ms));
        yield return Row(
            string.Create(CultureInfo.InvariantCulture, $"decode {image.TextAnswers} answers"),
            Rate(median.BatchTokensPerSecond), shares?.Batch, ms => Rate(image.TextAnswers * 1000 / ms));
        yield return Row(
            string.Create(CultureInfo.InvariantCulture, $"{image.TextAnswers} answers against 1"),
            string.Create(CultureInfo.InvariantCulture, $"{median.BatchScaling:F2} x"));
        yield return Row("first token", Ms(median.FirstTokenMs), shares?.FirstToken, Ms);
        var ofFirst = 100 * median.SecondFirstTokenMs / median.FirstTokenMs;
        yield return Row("first token, 2nd question", Ms(median.SecondFirstTokenMs), "",
            string.Create(CultureInfo.InvariantCulture, $"{ofFirst:F1} %"), "the first");
    }

    public static IEnumerable<string> Lines(LimitsFile file)
    {
        var limits = file.Limits;
        yield return string.Create(CultureInfo.InvariantCulture,
            $"{file.Machine.Processor}, {file.Machine.VectorBits} bits, {file.Machine.Runtime}")
            + ": best of the runs, with the median in brackets and what others took of the cores.";
        yield return Row("", "1 thread", $"{file.Machine.Cores} threads", "", "");
        yield return Row("float32, GFLOPS", limits.Float32Gflops);
        yield return Row("int8, GOPS", limits.Int8Gops);
        if (limits.Int8VnniGops is { } vnni) yield return Row("int8 with VNNI, GOPS", vnni);
        yield return Row("int4, GOPS", limits.Int4Gops);
        yield return Row("read, GB/s", limits.ReadGigabytesPerSecond);
        if (limits.ClockGigahertz is { } clock) yield return Row("clock, GHz", Text(clock), "", "", "");
    }

    private static string Row(string stage, string median, StageShare? share, Func<double, string> limit)
        => share is null
            ? Row(stage, median)
            : Row(stage, median, limit(share.LimitMs), Percent(share.Share), share.Arithmetic);

    private static string Row(string stage, string median) => Row(stage, median, "", "", "");

    private static string Row(string stage, string median, string limit, string share, string of)
        => $"{stage,-26}{median,20}{limit,20}{share,10}  {of}".TrimEnd();

    private static string Row(string name, ThreadLimits limits)
        => $"{name,-22}{Text(limits.OneThread),24}{Text(limits.AllThreads),24}";

    private static string Text(Limit limit) => string.Create(CultureInfo.InvariantCulture,
        $"{limit.Best:N1} ({limit.Median:N1}){(limit.OthersShare is { } others ? $" {Percent(others)}" : "")}");

    private static string Others(double? share)
        => share is { } others ? $", others took {Percent(others)} of the cores" : "";

    private static string Ms(double ms) => string.Create(CultureInfo.InvariantCulture, $"{ms:N1} ms");

    private static string Rate(double rate) => string.Create(CultureInfo.InvariantCulture, $"{rate:N1} tokens/s");

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F0} %");
}
