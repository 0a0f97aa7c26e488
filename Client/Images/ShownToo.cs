using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Client.Images;

/// <summary>An answer whose dots are on the photo together with those of the open one.</summary>
/// <param name="Turn">The answer, as its chips and lenses name it.</param>
/// <param name="Segments">Its pieces.</param>
/// <param name="Look">Look of its first group; see <see cref="PointLook.Classes"/>.</param>
/// <param name="Base">Added to its groups, so that no two groups on the photo have the same number.</param>
/// <param name="Audit">What a person found at its points.</param>
public sealed record ShownToo(
    string Turn, IReadOnlyList<AnswerSegment> Segments, int Look, int Base, Audit Audit);
