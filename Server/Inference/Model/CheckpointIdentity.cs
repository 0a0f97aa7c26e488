using System.Buffers;
using System.Security.Cryptography;
using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Model;

/// <summary>What a checkpoint is called, and a short mark of its content.</summary>
internal static class CheckpointIdentity
{
    private const int RevisionLength = 12;
    private const int CommitLength = 40;
    private const string HubPrefix = "models--";

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>The folder's name; in a Hub cache (<c>models--owner--name/snapshots/commit</c>) owner/name.</summary>
    public static string NameOf(string folder)
    {
        if (HubFolderOf(folder) is not { } hub) return Path.GetFileName(folder) is { Length: > 0 } name ? name : folder;
        return hub[HubPrefix.Length..].Replace("--", "/", StringComparison.Ordinal);
    }

    /// <summary>The commit of a Hub snapshot, else a hash of configuration, tokenizer and weights; twelve digits of either.</summary>
    public static string RevisionOf(string folder, WeightStore weights)
    {
        var commit = Path.GetFileName(folder);
        if (HubFolderOf(folder) is not null && commit.Length == CommitLength && !commit.AsSpan().ContainsAnyExcept(HexDigits)) return commit[..RevisionLength];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in (string[])[ModelConfig.FileName, PreprocessorConfig.FileName, "tokenizer.json"])
        {
            var file = Path.Combine(folder, name);
            if (File.Exists(file)) hash.AppendData(File.ReadAllBytes(file));
        }

        foreach (var file in weights.Files)
        {
            hash.AppendData(file.Header);
            file.AppendSample(hash);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..RevisionLength];
    }

    /// <summary>Folder of the repository in a Hub cache; null for any other folder.</summary>
    public static string? RepositoryOf(string folder) => HubFolderOf(folder) is null ? null : Directory.GetParent(folder)!.Parent!.FullName;

    private static string? HubFolderOf(string folder)
    {
        var snapshots = Directory.GetParent(folder);
        return snapshots is { Name: "snapshots", Parent.Name: var hub } && hub.StartsWith(HubPrefix, StringComparison.Ordinal) ? hub : null;
    }
}
