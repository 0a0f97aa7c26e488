namespace Molmo.Demo.Server.OpenAi;

/// <summary>What a program wants to have of the points; header <c>X-Points</c>.</summary>
internal enum PointsMode
{
    /// <summary>Markup in the text, and nothing else.</summary>
    Off,

    /// <summary>Markup in the text as the model wrote it, and parsed points beside it. The default.</summary>
    Parsed,

    /// <summary>Points beside the text only: the text holds words without markup.</summary>
    Only,
}

/// <summary>Reads it.</summary>
internal static class PointsHeader
{
    public const string Name = "X-Points";

    /// <exception cref="ApiException">It is none of the three.</exception>
    public static PointsMode Of(HttpRequest request) => request.Headers[Name].ToString().ToUpperInvariant() switch
    {
        "" or "PARSED" => PointsMode.Parsed,
        "OFF" => PointsMode.Off,
        "ONLY" => PointsMode.Only,
        _ => throw ApiException.Invalid(Name, $"{Name} is off, parsed or only."),
    };
}
