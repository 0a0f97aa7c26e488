namespace Molmo.Demo.Shared.Audits;

/// <summary>What a person thinks of an answer as a whole. Most answers have none.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Rating>))]
public enum Rating
{
    /// <summary>A thumb up.</summary>
    [JsonStringEnumMemberName("good")]
    Good,

    /// <summary>A thumb down.</summary>
    [JsonStringEnumMemberName("bad")]
    Bad,
}
