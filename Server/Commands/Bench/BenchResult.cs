namespace Molmo.Demo.Server.Commands.Bench;

/// <summary>What <c>bench</c> prints.</summary>
/// <param name="Machine">Where it ran.</param>
/// <param name="Stamp">What ran.</param>
/// <param name="Image">What was asked about.</param>
/// <param name="LoadMs">Milliseconds that opening and loading the model took.</param>
/// <param name="WarmUpMs">Milliseconds that warming up took.</param>
/// <param name="OthersShare">Share of all cores that other programs took during the runs, 0 to 1; null where the system
/// does not tell.</param>
/// <param name="Median">Each figure's median over the runs.</param>
/// <param name="Shares">What the medians are of the machine's limits; null without these.</param>
/// <param name="Runs">All runs.</param>
internal sealed record BenchResult(
    BenchMachine Machine, EngineStamp Stamp, BenchImage Image, double LoadMs, double WarmUpMs, double? OthersShare,
    BenchRun Median,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] BenchShares? Shares,
    IReadOnlyList<BenchRun> Runs);

/// <summary>The picture and what it became.</summary>
/// <param name="File">As named; null for the blank picture.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Crops">Crops, the overview included.</param>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="AnswerTokens">Tokens written in each run.</param>
/// <param name="TextTokens">Tokens of a prompt without picture, as the answers that are decoded together have.</param>
/// <param name="TextAnswers">Answers that are decoded together.</param>
/// <param name="TextAnswerTokens">Tokens of each of them.</param>
internal sealed record BenchImage(
    string? File, int Width, int Height, int Crops, int PromptTokens, int AnswerTokens, int TextTokens,
    int TextAnswers, int TextAnswerTokens);

/// <summary>Times of one run, in milliseconds, of a picture and prompts that were never asked about before.</summary>
/// <param name="DecodeImageMs">File to pixels; 0 for the blank picture.</param>
/// <param name="PreprocessMs">Pixels to crops.</param>
/// <param name="PrefillMs">Crops and prompt to the first token: vision, connector and all prompt positions.</param>
/// <param name="TextPrefillMs">As many positions without a picture.</param>
/// <param name="EncodeMs">The picture's share: <paramref name="PrefillMs"/> less
/// <paramref name="TextPrefillMs"/>.</param>
/// <param name="EncodeCropMs">The same for one crop.</param>
/// <param name="FirstTokenMs">From pixels to the first token: preprocessing and prefill.</param>
/// <param name="SecondFirstTokenMs">The same for another question about the same picture, right after.</param>
/// <param name="PrefillTokensPerSecond">Positions of <paramref name="TextPrefillMs"/>.</param>
/// <param name="TokensPerSecond">Rate after the first token, one answer at a time.</param>
/// <param name="AloneTokensPerSecond">The same for a question without a picture.</param>
/// <param name="BatchTokensPerSecond">Of eight such questions at once, all answers together.</param>
/// <param name="BatchScaling">How many times the rate of one that is.</param>
internal sealed record BenchRun(
    double DecodeImageMs, double PreprocessMs, double PrefillMs, double TextPrefillMs, double EncodeMs,
    double EncodeCropMs, double FirstTokenMs, double SecondFirstTokenMs, double PrefillTokensPerSecond,
    double TokensPerSecond, double AloneTokensPerSecond, double BatchTokensPerSecond, double BatchScaling)
{
    public static BenchRun MedianOf(IReadOnlyList<BenchRun> runs)
    {
        return new(
            Of(r => r.DecodeImageMs), Of(r => r.PreprocessMs), Of(r => r.PrefillMs), Of(r => r.TextPrefillMs),
            Of(r => r.EncodeMs), Of(r => r.EncodeCropMs), Of(r => r.FirstTokenMs), Of(r => r.SecondFirstTokenMs),
            Of(r => r.PrefillTokensPerSecond), Of(r => r.TokensPerSecond), Of(r => r.AloneTokensPerSecond),
            Of(r => r.BatchTokensPerSecond), Of(r => r.BatchScaling));

        double Of(Func<BenchRun, double> figure) => BenchRates.Median([.. runs.Select(figure)]);
    }
}
