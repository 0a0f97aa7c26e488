using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Markup;

namespace Molmo.Demo.Shared.Images;

/// <summary>
/// An answer about a gallery picture that was made once and is kept with it, with all that is needed to make it again.
/// </summary>
/// <param name="File">The picture, below <c>/samples/</c>.</param>
/// <param name="Question">As asked, in the plain way.</param>
/// <param name="Text">The answer verbatim, markup included.</param>
/// <param name="Reason">How it ended.</param>
/// <param name="Stamp">What made it, as <see cref="LastingPart"/> has it.</param>
/// <param name="Sent">What of the picture reached the model; its size is the upright picture's.</param>
/// <param name="PictureHash">SHA-256 of the picture's file in lower-case hexadecimal.</param>
/// <param name="Date">When it was made.</param>
public sealed record StoredAnswer(
    string File, string Question, string Text, EndReason Reason, EngineStamp Stamp, SentImage Sent, string PictureHash,
    DateOnly Date)
{
    /// <summary>What kind of picture it is about; the gallery knows it, not the file.</summary>
    [JsonIgnore]
    public SampleSubject Subject { get; init; }

    /// <summary>Prose and points of the answer.</summary>
    public ImmutableArray<AnswerSegment> ReadAnswer() => PointMarkupParser.Parse(Text);

    /// <summary>
    /// A stamp as it is compared and kept: without the seed where the likeliest token is taken, which needs none, and
    /// without the name of the build behind the version's <c>+</c>, which changes with every word of documentation.
    /// </summary>
    public static EngineStamp LastingPart(EngineStamp stamp)
    {
        ArgumentNullException.ThrowIfNull(stamp);
        var sampling = stamp.Sampling.Temperature == 0 ? stamp.Sampling with { Seed = null } : stamp.Sampling;
        return stamp with { Sampling = sampling, EngineVersion = stamp.EngineVersion.Split('+')[0] };
    }
}
