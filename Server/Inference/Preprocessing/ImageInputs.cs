using System.Security.Cryptography;

namespace Molmo.Demo.Inference.Preprocessing;

/// <summary>A picture as the network takes it: the overview first, then the crops of the tiling row by row.</summary>
public sealed class ImageInputs
{
    /// <summary>Pixels of the upright picture it was made from.</summary>
    public required int SourceWidth { get; init; }

    /// <summary>Pixels of the upright picture it was made from.</summary>
    public required int SourceHeight { get; init; }

    /// <summary>Rows and columns of high-resolution crops.</summary>
    public required Tiling Tiling { get; init; }

    /// <summary>Crops with the overview: 1 + rows * columns.</summary>
    public required int CropCount { get; init; }

    /// <summary>Patches a crop (576 in the published models).</summary>
    public required int PatchCount { get; init; }

    /// <summary>Values a patch: patch side squared times three, channel last (588).</summary>
    public required int PatchSize { get; init; }

    /// <summary>Pooled features a crop (144).</summary>
    public required int TokensPerCrop { get; init; }

    /// <summary>[CropCount, PatchCount, PatchSize], normalised.</summary>
    public required float[] Patches { get; init; }

    /// <summary>
    /// [CropCount, PatchCount]: share of each patch that is picture, shifted by one crop as published; the last row is
    /// -1.
    /// </summary>
    public required float[] Masks { get; init; }

    /// <summary>
    /// [CropCount, TokensPerCrop]: position in the prompt (BOS at 0) that each feature is added to; -100 for none.
    /// </summary>
    public required int[] ImageTokenPositions { get; init; }

    /// <summary>The picture's tokens, as they follow BOS.</summary>
    public required int[] ImageTokenIds { get; init; }

    /// <summary>
    /// Names what the network gets of the picture: the same for the same values, different for others. Made when it is
    /// first asked for, which takes some milliseconds.
    /// </summary>
    public string ContentKey => field ??= MakeContentKey();

    private string MakeContentKey()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<int>([CropCount, PatchCount, PatchSize, TokensPerCrop]));
        hash.AppendData(MemoryMarshal.AsBytes(Patches.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(Masks.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(ImageTokenPositions.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
