using System.Text.Json.Nodes;
using Molmo.Demo.Client.Images;

namespace Molmo.Demo.Server.Sharing.Exports;

/// <summary>
/// Tasks for Label Studio with the points as predictions, in percent as that program has them. Where a person has
/// checked them, the confirmed and the added ones are an annotation, the ground truth where every point has a verdict.
/// Suits a labelling set-up with <c>&lt;Image name="image" value="$image"/&gt;</c> and <c>&lt;KeyPointLabels
/// name="points" toName="image"&gt;</c>.
/// </summary>
internal static class LabelStudioExport
{
    private const double DotPercent = 0.8;

    public static byte[] Write(Export export) => JsonExport.Bytes(new JsonArray(
        [.. export.Turns.Where(turn => turn.Picture is not null).Select(turn => Task(turn, turn.Picture!))]));

    private static JsonObject Task(ExportTurn turn, ExportImage picture)
    {
        var task = new JsonObject
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
                ["result"] = Results(turn, point => point.N is not null),
            }),
        };
        if (turn.AuditResult is not { } result) return task;
        task["data"]!["audit"] = AuditWords.Sentence(result);
        task["annotations"] = new JsonArray(new JsonObject
        {
            ["was_cancelled"] = false,
            ["ground_truth"] = result.IsComplete,
            ["result"] = Results(turn, point => point.Verdict is Verdicts.Right or Verdicts.Missed),
        });
        return task;
    }

    private static JsonArray Results(ExportTurn turn, Func<ExportPoint, bool> isMeant)
    {
        var (results, added) = (new JsonArray(), 0);
        foreach (var point in turn.Points().Where(isMeant))
            results.Add(Result(
                point, point.N is { } n ? $"t{turn.Number}g{point.Group + 1}p{n}" : $"t{turn.Number}m{++added}"));
        return results;
    }

    private static JsonObject Result(ExportPoint point, string id) => new()
    {
        ["id"] = id,
        ["type"] = "keypointlabels",
        ["from_name"] = "points",
        ["to_name"] = "image",
        ["original_width"] = point.Picture!.Width,
        ["original_height"] = point.Picture.Height,
        ["image_rotation"] = 0,
        ["value"] = new JsonObject
        {
            ["x"] = point.X,
            ["y"] = point.Y,
            ["width"] = DotPercent,
            ["keypointlabels"] = new JsonArray(point.Name),
        },
    };
}
