using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Sharing;

namespace Molmo.Demo.Shared.Admin;

/// <summary>How a server is. Nothing that anybody asked, was answered or has uploaded is in it.</summary>
/// <param name="Model">The first checkpoint.</param>
/// <param name="Queue">Load, and the state of the model or models.</param>
/// <param name="TakesQuestions">Whether new questions are taken.</param>
/// <param name="Storage">What is stored.</param>
/// <param name="Limits">What is allowed.</param>
/// <param name="Links">The newest live links, the newest first.</param>
/// <param name="Reuse">What the engines of this machine keep for later questions; null where it has none.</param>
public sealed record AdminReport(
    ServerInfo Model, QueueStatus Queue, bool TakesQuestions, AdminStorage Storage, AdminLimits Limits,
    ImmutableArray<AdminLink> Links, AdminReuse? Reuse);

/// <summary>What is kept of what was computed, of all models together.</summary>
/// <param name="KeptBlocks">Blocks of memory that later questions may find filled.</param>
/// <param name="Blocks">Blocks in all.</param>
/// <param name="Share">Share of the positions of all prompts so far that was found computed, 0 to 1; null before the
/// first.</param>
/// <param name="Pictures">Pictures that the model need not look at again.</param>
/// <param name="PictureBytes">Memory that these take.</param>
public sealed record AdminReuse(int KeptBlocks, int Blocks, double? Share, int Pictures, long PictureBytes);

/// <summary>What is stored.</summary>
/// <param name="Bytes">Size of the data folder.</param>
/// <param name="FreeBytes">Room on its disk.</param>
/// <param name="Conversations">Conversations of all visitors.</param>
/// <param name="Pictures">Their pictures.</param>
/// <param name="Links">Links that can be read.</param>
public sealed record AdminStorage(long Bytes, long FreeBytes, long Conversations, long Pictures, long Links);

/// <summary>The limits in force, as the settings name them.</summary>
public sealed record AdminLimits
{
    public required int MaxSequences { get; init; }

    public required int MaxWaiting { get; init; }

    public required int MaxPerVisitor { get; init; }

    public required int MaxCircuits { get; init; }

    /// <summary>Pages that are connected now.</summary>
    public required int Circuits { get; init; }

    public required int UploadsPerMinute { get; init; }

    public required int VisitorMegabytes { get; init; }

    public required int LinksPerDay { get; init; }

    public required int FirstTokenSeconds { get; init; }

    public required int AnswerSeconds { get; init; }

    public required int KeepHours { get; init; }
}

/// <summary>A live link as a number in a list: neither its photo nor its words.</summary>
/// <param name="Id">Its address.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it ends; null for never.</param>
/// <param name="Views">How often it was opened.</param>
public sealed record AdminLink(ShareId Id, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, long Views);
