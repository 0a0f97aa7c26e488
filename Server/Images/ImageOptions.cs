using System.ComponentModel.DataAnnotations;

namespace Molmo.Demo.Server.Images;

/// <summary>
/// Section <c>Molmo:Images</c> of the configuration. What a single picture may be is
/// <see cref="Shared.Images.ImageLimits"/>.
/// </summary>
public sealed class ImageOptions
{
    public const string Section = "Molmo:Images";

    /// <summary>Uploads of one visitor a minute, 1 to 100000, default 10.</summary>
    [Range(1, 100_000)] public int UploadsPerMinute { get; init; } = 10;

    /// <summary>Stored pictures of one visitor in MiB, 1 to 1048576, default 200.</summary>
    [Range(1, 1_048_576)] public int VisitorMegabytes { get; init; } = 200;

    /// <summary>
    /// Uploads held in memory at the same time, all visitors together, in MiB, 20 to 1048576, default 256.
    /// </summary>
    [Range(20, 1_048_576)] public int ReceivingMegabytes { get; init; } = 256;

    /// <summary>Seconds that one upload may take to arrive, 1 to 3600, default 300.</summary>
    [Range(1, 3600)] public int UploadSeconds { get; init; } = 300;

    /// <summary>
    /// Seconds that decoding a picture of up to 12 megapixels may take once it has its turn, 1 to 600, default 10;
    /// larger ones may take as much longer.
    /// </summary>
    [Range(1, 600)] public int DecodeSeconds { get; init; } = 10;

    /// <summary>
    /// Decoded pictures kept for previews and questions about parts of them, in MiB, 1 to 65536, default 128.
    /// </summary>
    [Range(1, 65_536)] public int DecodedMegabytes { get; init; } = 128;

    /// <summary>Crops of pictures kept for the next question, in MiB, 1 to 65536, default 128.</summary>
    [Range(1, 65_536)] public int CropMegabytes { get; init; } = 128;

    /// <summary>
    /// Memory for pictures of chats that leave no trace, all visitors together, in MiB, 1 to 1048576, default 512.
    /// </summary>
    [Range(1, 1_048_576)] public int PrivateMegabytes { get; init; } = 512;
}
