using Molmo.Demo.Shared.Chat;

namespace Molmo.Demo.Shared.Comparison;

/// <summary>Which of two answers a person found better.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Verdict>))]
public enum Verdict
{
    /// <summary>The first.</summary>
    A,

    /// <summary>The second.</summary>
    B,

    /// <summary>Both are as good.</summary>
    Tie,

    /// <summary>Neither is right.</summary>
    BothBad,
}

/// <summary>
/// A person's verdict on two answers about one picture. Holds no picture, no words, and not who voted.
/// </summary>
/// <param name="A">What gave the first: model, precision and settings.</param>
/// <param name="B">What gave the second.</param>
/// <param name="Verdict">Which was better.</param>
/// <param name="IsBlind">Whether the person did not know which was which.</param>
public sealed record Vote(string A, string B, Verdict Verdict, bool IsBlind);

/// <summary>Keeps votes.</summary>
public interface IVoteStore
{
    /// <summary>Keeps the verdict on a comparison; another one on the same comparison takes its place.</summary>
    /// <param name="comparison">A random id of the comparison, such as that of its second answer.</param>
    /// <param name="vote">The verdict.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ChatRefusedException">The storage did not answer.</exception>
    Task KeepAsync(GenerationId comparison, Vote vote, CancellationToken cancellationToken);

    /// <summary>All votes, oldest first.</summary>
    Task<ImmutableArray<Vote>> ListAsync(CancellationToken cancellationToken);
}
