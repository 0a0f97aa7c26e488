using System.ComponentModel.DataAnnotations;

namespace Molmo.Demo.Server.Sharing;

/// <summary>Section <c>Molmo:Sharing</c> of the configuration.</summary>
public sealed class ShareOptions
{
    public const string Section = "Molmo:Sharing";

    /// <summary>Links that one visitor may make within 24 hours, 1 to 100000, default 30.</summary>
    [Range(1, 100_000)] public int LinksPerDay { get; init; } = 30;

    /// <summary>
    /// How long a link works where its maker chose nothing: <c>unlimited</c>, <c>hour</c>, <c>day</c>,
    /// <c>week</c> or <c>month</c> (default).
    /// </summary>
    [EnumDataType(typeof(ShareLifetime))] public ShareLifetime Lifetime { get; init; } = ShareLifetime.Month;

    /// <summary>Hours that a live link works, 1 to 168, default 4.</summary>
    [Range(1, 168)] public int LiveHours { get; init; } = 4;
}
