using System.Globalization;
using System.Text.Json.Nodes;

namespace Molmo.Demo.Server.Sharing.Exports;

/// <summary>
/// Tasks for Label Studio with the points as predictions, in percent as that program has them. Suits a labelling set-up with
/// <c>&lt;Image name="image" value="$image"/&gt;</c> and <c>&lt;KeyPointLabels name="points" toName="image"&gt;</c>.
/// </summary>
internal static class LabelStudioExport
{
    private const double DotPercent = 0.8;

    public static byte[] Write(Export export) => JsonExport.Bytes(new JsonArray([.. export.Turns.Where(turn => turn.Picture is not null).Select(turn => Task(turn, turn.Picture!))]));

    private static JsonObject Task(ExportTurn turn, ExportPicture picture) => new()
    {
        ["data"] = new JsonObject
        {
            ["image"] = picture.Address ?? picture.FileName,
            ["question"] = turn.Question,
            ["answer"] = turn.Words,
            ["width"] = picture.Width,
            ["height"] = picture.Height,
            ["scale"] = Export.ScaleWords,
        },
        ["predictions"] = new JsonArray(new JsonObject
        {
            ["model_version"] = turn.Copied.Stamp is { } stamp ? $"{stamp.Model} {stamp.Revision}" : "unknown",
            ["result"] = new JsonArray([.. turn.Groups.SelectMany(group => group.Points.Select(point => new JsonObject
            {
                ["id"] = string.Create(CultureInfo.InvariantCulture, $"t{turn.Number}g{group.Group + 1}p{point.N}"),
                ["type"] = "keypointlabels",
                ["from_name"] = "points",
                ["to_name"] = "image",
                ["original_width"] = picture.Width,
                ["original_height"] = picture.Height,
                ["image_rotation"] = 0,
                ["value"] = new JsonObject
                {
                    ["x"] = point.X,
                    ["y"] = point.Y,
                    ["width"] = DotPercent,
                    ["keypointlabels"] = new JsonArray(ExportTurn.NameOf(group)),
                },
            }))]),
        }),
    };
}
