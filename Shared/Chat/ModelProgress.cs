namespace Molmo.Demo.Shared.Chat;

/// <summary>What is done before a model can answer.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ModelStage>))]
public enum ModelStage
{
    /// <summary>Its files come from the Hub.</summary>
    Fetching,

    /// <summary>Its weights come from the disk.</summary>
    Loading,
}

/// <summary>How far a model is on its way into memory.</summary>
/// <param name="Stage">What is done now.</param>
/// <param name="Model">Its name.</param>
/// <param name="Share">How much of this stage is done, 0 to 1.</param>
/// <param name="DoneBytes">Bytes fetched; 0 while loading.</param>
/// <param name="TotalBytes">Bytes in all; 0 while loading, and before they are known.</param>
/// <param name="BytesPerSecond">Rate; 0 while not known.</param>
/// <param name="SecondsLeft">Time left of this stage; null while not known.</param>
/// <param name="Hindrance">Why nothing comes at the moment, an English clause; null where it does.</param>
public sealed record ModelProgress(
    ModelStage Stage, string Model, double Share, long DoneBytes = 0, long TotalBytes = 0, double BytesPerSecond = 0,
    double? SecondsLeft = null, string? Hindrance = null)
{
    /// <summary>Whole percent, rounded down, so that 100 means done.</summary>
    [JsonIgnore]
    public int Percent => double.IsNaN(Share) ? 0 : (int)Math.Clamp(Share * 100, 0, 100);
}
