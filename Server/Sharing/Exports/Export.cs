using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Images;
using Molmo.Demo.Shared.Audits;
using static Molmo.Demo.Client.Localization.Texts;

namespace Molmo.Demo.Server.Sharing.Exports;

/// <summary>Answers to be written into a file, with everything that such a file may say.</summary>
/// <param name="CreatedAt">When the link was made, or the question asked.</param>
/// <param name="Address">Where they are to be read; null for answers without a link.</param>
/// <param name="Turns">At least one, oldest first.</param>
/// <param name="Pictures">Their pictures.</param>
internal sealed record Export(
    DateTimeOffset CreatedAt, string? Address, ImmutableArray<ExportTurn> Turns, ImmutableArray<ExportImage> Pictures)
{
    // As much of a hash as keeps the pictures of many links apart.
    private const int HashDigits = 8;

    /// <summary>The scale of all coordinates that are not said to be pixels.</summary>
    public const int Scale = 100;

    /// <summary>The same in words.</summary>
    public const string ScaleWords = "percent of the picture's width and height, 0 to 100, from its top left corner";

    /// <summary>The same in the reader's language.</summary>
    public static string ScaleInWords
        => T("percent of the picture's width and height, 0 to 100, from its top left corner");

    /// <summary>The site that wrote it, without a slash at its end; null where that is not known.</summary>
    public string? Site { get; init; }

    /// <summary>The first question.</summary>
    public string Title => Turns[0].Question;

    /// <summary>
    /// The turn that a file of one picture shows: the first that points, else the first with a picture; null without a
    /// picture.
    /// </summary>
    public ExportTurn? MainTurn => Turns.FirstOrDefault(turn => turn.Picture is not null && turn.Groups.Length > 0)
        ?? Turns.FirstOrDefault(turn => turn.Picture is not null);

    /// <param name="createdAt">See <see cref="CreatedAt"/>.</param>
    /// <param name="address">See <see cref="Address"/>.</param>
    /// <param name="turns">Copied turns.</param>
    /// <param name="pictures">What their numbers mean, counted from 1.</param>
    /// <param name="names">For their owner only: what each content is called. Others have a number and a part of the
    /// content's hash.</param>
    public static Export Of(
        DateTimeOffset createdAt, string? address, ImmutableArray<SharedTurn> turns,
        ImmutableArray<SharedImage> pictures, IReadOnlyDictionary<string, string>? names = null)
    {
        var known = pictures.Select((picture, index) => (Number: index + 1, Picture: picture))
            .SelectMany(found => turns.Where(turn => turn.Picture == found.Number)
                .Take(1).Select(turn => new ExportImage(
                    found.Number, names?.GetValueOrDefault(found.Picture.Hash) ?? NameOf(found.Number, found.Picture),
                    turn.Width, turn.Height,
                    found.Picture.Hash, found.Picture.Format,
                    address is null ? null : $"{address}/photo/{found.Number}")))
            .ToImmutableArray();
        return new Export(
            createdAt, address, [.. turns.Select((turn, index) =>
                ExportTurn.Of(index + 1, turn, known.FirstOrDefault(picture => picture.Number == turn.Picture)))],
            known);
    }

    private static string NameOf(int number, SharedImage picture) => string.Create(CultureInfo.InvariantCulture,
        $"picture-{number}-{picture.Hash[..HashDigits]}.{(picture.Format == "png" ? "png" : "jpg")}");
}

/// <summary>A picture of an export.</summary>
/// <param name="Number">1, 2, ...</param>
/// <param name="FileName">What it is called in the file, unlike any other there; what its owner called it in the
/// owner's files only.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Hash">Name of its bytes, SHA-256 in lower-case hexadecimal.</param>
/// <param name="Format"><c>png</c> or <c>jpeg</c>.</param>
/// <param name="Address">Where its bytes are served; null where only their owner can have them.</param>
internal sealed record ExportImage(
    int Number, string FileName, int Width, int Height, string Hash, string Format, string? Address);

/// <summary>Words of files for what a person found.</summary>
internal static class Verdicts
{
    public const string Right = "right";
    public const string Wrong = "wrong";
    public const string Unchecked = "unchecked";
    public const string Missed = "missed";

    /// <summary>One of them in the reader's language.</summary>
    public static string Word(string? verdict) => verdict switch
    {
        Right => T("right"),
        Wrong => T("wrong"),
        Missed => T("missed"),
        _ => T("unchecked"),
    };
}

/// <summary>A point of an answer, which the model gave or a person added.</summary>
/// <param name="Group">Number of its group, from 0.</param>
/// <param name="Name">Name of its group.</param>
/// <param name="X">Percent of the width.</param>
/// <param name="Y">Percent of the height.</param>
/// <param name="Picture">What it lies on; null without one.</param>
/// <param name="Verdict">What a person found there, one of <see cref="Verdicts"/>; null where nobody has looked at the
/// answer.</param>
/// <param name="Segment">The model's group; null where a person added the point.</param>
/// <param name="N">Its number in that group.</param>
internal sealed record ExportPoint(
    int Group, string Name, double X, double Y, ExportImage? Picture, string? Verdict, PointSegment? Segment = null,
    int? N = null)
{
    /// <summary>Who gave it.</summary>
    public string Source => Segment is null ? "person" : "model";

    /// <summary>
    /// Pixels from the left; the thousandth of one is finer than any model means. Null without a picture.
    /// </summary>
    public double? Left => Pixels(X, Picture?.Width);

    /// <summary>Pixels from the top.</summary>
    public double? Top => Pixels(Y, Picture?.Height);

    /// <summary>What the dot is called.</summary>
    public string Label => Segment is null ? Name : PointLook.Label(Segment, new ImagePoint(N!.Value, X, Y));

    private static double? Pixels(double percent, int? size)
        => size is null ? null : Math.Round(percent / Export.Scale * size.Value, 3);
}

/// <summary>One question and answer of an export.</summary>
/// <param name="Number">1, 2, ...</param>
/// <param name="Copied">As it was kept.</param>
/// <param name="Segments">Its answer, parsed.</param>
/// <param name="Picture">What it is about, null without one.</param>
internal sealed record ExportTurn(
    int Number, SharedTurn Copied, ImmutableArray<AnswerSegment> Segments, ExportImage? Picture)
{
    public string Question => Copied.Question;

    /// <summary>What its owner thinks of it; null for nothing, and always for others, whom it is not for.</summary>
    public Rating? Rating { get; init; }

    /// <summary>The answer without markup.</summary>
    public string Words => AnswerText.Clean(Segments).Trim();

    /// <summary>Groups with at least one point that can be shown.</summary>
    public ImmutableArray<PointSegment> Groups
        => [.. Segments.OfType<PointSegment>().Where(group => group.Points.Length > 0)];

    /// <summary>Points in all groups.</summary>
    public int PointCount => Groups.Sum(group => group.Points.Length);

    /// <summary>What a person found at its points; null where nobody has looked.</summary>
    public Audit? Audit => Copied.Audit is { IsEmpty: false } audit ? audit : null;

    /// <summary>What that says about the count; null where nobody has looked.</summary>
    public AuditResult? AuditResult => Audit is { } audit ? Shared.Audits.AuditResult.Of(Segments, audit) : null;

    /// <summary>
    /// What it says there is, put right by a person where one has checked it; null where it claims nothing.
    /// </summary>
    public Claim? Claim => Claim.Of(Segments, Audit);

    /// <summary>The same in words, for readers who are somebody else; null where nobody has looked.</summary>
    public string? Corrected => Claim is { Check: not CheckState.None } claim ? ClaimWords.ByAPerson(claim) : null;

    /// <summary>
    /// What has to be known of who answered and what was asked: that it is a practice checkpoint, and what it does not
    /// know. Sentences in the reader's language.
    /// </summary>
    public IEnumerable<string> Caveats
        => new[] { PracticeWords.Line(Copied.Stamp) }.OfType<string>()
            .Concat(Copied.Unknown.Select(Client.Localization.Words.Of));

    /// <summary>The model's points in its order, then those that a person has added.</summary>
    public IEnumerable<ExportPoint> Points()
    {
        var verdicts = Audit?.Verdicts;
        foreach (var group in Groups)
        {
            var name = NameOf(group);
            foreach (var point in group.Points)
            {
                var verdict = verdicts is null ? null
                    : !verdicts.TryGetValue((group.Group, point.N), out var given) ? Verdicts.Unchecked
                    : given == DotVerdict.Right ? Verdicts.Right : Verdicts.Wrong;
                yield return new ExportPoint(group.Group, name, point.X, point.Y, Picture, verdict, group, point.N);
            }
        }
        foreach (var point in Audit?.Missed ?? [])
        {
            var name =
                Groups.FirstOrDefault(group => group.Group == point.Group) is { } group ? NameOf(group) : T("point");
            yield return new ExportPoint(point.Group, name, point.X, point.Y, Picture, Verdicts.Missed);
        }
    }

    public static ExportTurn Of(int number, SharedTurn turn, ExportImage? picture)
        => new(number, turn, turn.ReadAnswer(), picture);

    /// <summary>Name of a group, <c>point</c> where the model gave none.</summary>
    public static string NameOf(PointSegment group) => PointLook.Name(group) ?? T("point");
}
