using System.ComponentModel.DataAnnotations;

namespace Molmo.Demo.Server.Sharing;

/// <summary>Section <c>Molmo:Sharing</c> of the configuration.</summary>
public sealed class ShareOptions
{
    public const string Section = "Molmo:Sharing";

    /// <summary>Links that one visitor may make within 24 hours, 1 to 100000, default 30.</summary>
    [Range(1, 100_000)] public int LinksPerDay { get; init; } = 30;
}
