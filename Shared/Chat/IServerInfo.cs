using Molmo.Demo.Shared.Facts;

namespace Molmo.Demo.Shared.Chat;

/// <summary>What this server answers with, as people read it.</summary>
/// <param name="Model">Name of the checkpoint.</param>
/// <param name="Device">What it computes on; null while not known.</param>
public sealed record ServerInfo(string Model, Fact? Device)
{
    /// <summary>Stands for the content of its weights; null while not known.</summary>
    public string? Revision { get; init; }

    /// <summary>Number format of its weights, such as <c>bfloat16</c>; null while not known.</summary>
    public string? Precision { get; init; }

    /// <summary>What it knows, of a checkpoint of limited knowledge; null where it makes no such promise.</summary>
    public Knowledge? Knows { get; init; }

    /// <summary>
    /// Hours after which conversations are removed where nothing is asked any more; 0 where people delete them
    /// themselves.
    /// </summary>
    public int KeepHours { get; init; }
}

/// <summary>Tells pages about the server.</summary>
public interface IServerInfo
{
    /// <summary>As of now; the device is known once the model is loaded.</summary>
    ServerInfo Current { get; }
}
