using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Client.Chat;

/// <summary>The rows of an answer's details panel. Numbers are written the same in every culture.</summary>
public static class AnswerDetails
{
    /// <summary>What made the answer, what it was given and what it took; only what is known.</summary>
    public static IEnumerable<(string Name, string Value)> Rows(Answer answer)
    {
        if (answer.Start?.Stamp is { } stamp)
        {
            yield return ("Checkpoint", stamp.Model);
            yield return ("Revision", stamp.Revision);
            yield return ("Precision", stamp.Precision);
            if (Crops(stamp) is { } crops) yield return ("Crops", crops);
        }
        if (answer.Start?.Sent is { } sent)
        {
            yield return ("Photo", Say($"{sent.Width} × {sent.Height}"));
            yield return ("Image tokens", Say($"{sent.ImageTokens:N0}"));
        }
        if (answer.Start?.Stamp is { } made)
        {
            yield return ("Style", made.Style is { } style ? $"{style}:" : "plain words");
            yield return ("Sampling", Sampling(made.Sampling));
            if (made.Sampling.Seed is { } seed) yield return ("Seed", Say($"{seed}{(made.Sampling.Temperature == 0 ? " (greedy: has no say)" : "")}"));
            yield return ("Length limit", Say($"{made.Sampling.MaxTokens:N0} tokens"));
            yield return ("Engine", made.EngineVersion);
            yield return ("Device", made.Device);
        }
        if (answer.Ended is not { } ended) yield break;
        var (usage, timings) = (ended.Usage, ended.Timings);
        yield return ("Tokens", Say($"{usage.PromptTokens:N0} in, {usage.AnswerTokens:N0} out"));
        yield return ("Queue", Milliseconds(timings.QueuedMs));
        yield return ("Preprocess", Milliseconds(timings.PreprocessMs));
        yield return ("First token", Milliseconds(timings.FirstTokenMs));
        yield return ("Total", Milliseconds(timings.TotalMs));
        if (timings.TokensPerSecond > 0) yield return ("Speed", Say($"{timings.TokensPerSecond:0.#} tokens/s"));
    }

    private static string? Crops(EngineStamp stamp) => (stamp.Crops, stamp.MaxCrops) switch
    {
        ({ } crops, { } most) => Say($"{crops}: an overview and {crops - 1} of at most {most}"),
        ({ } crops, null) => Say($"{crops}"),
        _ => null,
    };

    private static string Sampling(SamplingChoice sampling)
    {
        if (sampling.Temperature == 0) return "greedy: always the likeliest token";
        var kept = string.Concat(sampling.TopK > 0 ? Say($", top-k {sampling.TopK}") : "", sampling.TopP < 1 ? Say($", top-p {sampling.TopP:0.##}") : "");
        return Say($"temperature {sampling.Temperature:0.##}{kept}");
    }

    private static string Milliseconds(double value) => Say($"{value:N0} ms");

    private static string Say(FormattableString text) => FormattableString.Invariant(text);
}
