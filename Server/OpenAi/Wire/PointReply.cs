namespace Molmo.Demo.Server.OpenAi.Wire;

/// <summary>Reply of <c>POST /v1/point</c> and <c>POST /v1/count</c>.</summary>
/// <param name="Object">What was asked for.</param>
/// <param name="Points">Percent of the picture's width and height.</param>
/// <param name="Count">Number of points; of <c>/v1/count</c>, the number that the answer states, and that of the points
/// where it states none.</param>
/// <param name="Scale">What 100 % are: 100.</param>
/// <param name="Width">Pixels of the upright picture.</param>
/// <param name="Height">Pixels of the upright picture.</param>
/// <param name="Text">The answer in words.</param>
/// <param name="Model">What answered.</param>
/// <param name="Usage">Tokens.</param>
/// <param name="Molmo">All that is known beside it.</param>
/// <param name="RequestId">The request that was answered first.</param>
internal sealed record PointReply(
    string Object, IReadOnlyList<PlainPoint> Points, int Count, int Scale, int? Width, int? Height, string Text,
    string Model, Usage Usage, MolmoPart Molmo, string RequestId);

/// <summary>A point: percent of the picture's width, percent of its height.</summary>
internal sealed record PlainPoint(double X, double Y);

/// <summary>Reply of <c>GET /v1/models</c>.</summary>
internal sealed record ModelList(string Object, IReadOnlyList<ModelEntry> Data);

/// <summary>The model of this server.</summary>
internal sealed record ModelEntry(string Id, string Object, long Created, string OwnedBy);
