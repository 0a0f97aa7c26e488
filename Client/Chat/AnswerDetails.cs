namespace Molmo.Demo.Client.Chat;

/// <summary>The rows of an answer's details panel.</summary>
public static class AnswerDetails
{
    /// <summary>What made the answer, what it was given and what it took; only what is known.</summary>
    public static IEnumerable<(string Name, string Value)> Rows(Answer answer)
    {
        if (answer.Start?.Stamp is { } stamp)
        {
            yield return (T("Checkpoint"), stamp.Model);
            yield return (T("Revision"), stamp.Revision);
            yield return (T("Precision"), stamp.Precision);
            if (Crops(stamp) is { } crops) yield return (T("Crops"), crops);
        }
        if (answer.Start?.Sent is { } sent)
        {
            yield return (T("Photo"), T("{0} × {1}", sent.Width, sent.Height));
            yield return (T("Image tokens"), sent.ImageTokens.ToString("N0", Culture));
        }
        if (answer.Start?.Stamp is { } made)
        {
            yield return (T("Style"), made.Style is { } style ? $"{style}:" : T("plain words"));
            yield return (T("Sampling"), Sampling(made.Sampling));
            if (made.Sampling.Seed is { } seed)
                yield return (T("Seed"),
                    made.Sampling.Temperature == 0 ? T("{0} (greedy: has no say)", seed) : seed.ToString(Culture));
            yield return (T("Length limit"), Plural(made.Sampling.MaxTokens, "{0:N0} token", "{0:N0} tokens"));
            yield return (T("Engine"), made.EngineVersion);
            yield return (T("Device"), Words.Of(made.Device));
        }
        if (answer.Ended is not { } ended) yield break;
        var (usage, timings) = (ended.Usage, ended.Timings);
        // Nobody counted what the process wrote that is gone.
        if (usage.AnswerTokens == 0) yield break;
        yield return (T("Tokens"), T("{0:N0} in, {1:N0} out", usage.PromptTokens, usage.AnswerTokens));
        yield return (T("Queue"), Milliseconds(timings.QueuedMs));
        yield return (T("Preprocess"), Milliseconds(timings.PreprocessMs));
        yield return (T("First token"), Milliseconds(timings.FirstTokenMs));
        yield return (T("Total"), Milliseconds(timings.TotalMs));
        if (timings.TokensPerSecond > 0) yield return (T("Speed"), T("{0:0.#} tokens/s", timings.TokensPerSecond));
    }

    private static string? Crops(EngineStamp stamp) => (stamp.Crops, stamp.MaxCrops) switch
    {
        ({ } crops, { } most) => T("{0}: an overview and {1} of at most {2}", crops, crops - 1, most),
        ({ } crops, null) => crops.ToString(Culture),
        _ => null,
    };

    private static string Sampling(SamplingChoice sampling)
    {
        if (sampling.Temperature == 0) return T("greedy: always the likeliest token");
        var words = T("temperature {0:0.##}", sampling.Temperature);
        if (sampling.TopK > 0) words = T("{0}, top-k {1}", words, sampling.TopK);
        return sampling.TopP < 1 ? T("{0}, top-p {1:0.##}", words, sampling.TopP) : words;
    }

    private static string Milliseconds(double value) => T("{0:N0} ms", value);
}
