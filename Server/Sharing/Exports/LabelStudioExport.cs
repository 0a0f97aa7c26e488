using System.Text.Json.Nodes;
using Molmo.Demo.Client.Images;

namespace Molmo.Demo.Server.Sharing.Exports;

/// <summary>
/// Tasks for Label Studio with the points as predictions, in percent as that program has them, each with the verdict of
/// a person who has checked it as its remark. The confirmed and the added ones are an annotation, the ground truth
/// where every point has a verdict. Each task brings the <see cref="LabelStudioConfiguration"/> that all of them need,
/// which is a file of its own too.
/// </summary>
internal static class LabelStudioExport
{
    // Where Label Studio serves files from a folder of its own machine: an owner's photo has no other address.
    private const string LocalFiles = "/data/local-files/?d=";

    private const double DotPercent = 0.8;

    public static byte[] Write(Export export)
    {
        var configuration = LabelStudioConfiguration.Of(export).ToString();
        return JsonExport.Bytes(new JsonArray([.. export.Turns.Where(turn => turn.Picture is not null)
            .Select(turn => Task(turn, turn.Picture!, configuration))]));
    }

    private static JsonObject Task(ExportTurn turn, ExportImage picture, string configuration)
    {
        var task = new JsonObject
        {
            ["data"] = new JsonObject
            {
                ["image"] = picture.Address ?? LocalFiles + Uri.EscapeDataString(picture.FileName),
                ["file_name"] = picture.FileName,
                ["question"] = turn.Question,
                ["answer"] = turn.Words,
                ["width"] = picture.Width,
                ["height"] = picture.Height,
                ["scale"] = Export.ScaleWords,
                ["label_config"] = configuration,
            },
            ["predictions"] = new JsonArray(new JsonObject
            {
                ["model_version"] = turn.Copied.Stamp is { } stamp ? $"{stamp.Model} {stamp.Revision}" : "unknown",
                ["result"] = Results(turn, picture, point => point.N is not null),
            }),
        };
        if (turn.AuditResult is not { } result) return task;
        task["data"]!["audit"] = AuditWords.Sentence(result);
        task["annotations"] = new JsonArray(new JsonObject
        {
            ["was_cancelled"] = false,
            ["ground_truth"] = result.IsComplete,
            ["result"] = Results(turn, picture, point => point.Verdict is Verdicts.Right or Verdicts.Missed),
        });
        return task;
    }

    private static JsonArray Results(ExportTurn turn, ExportImage picture, Func<ExportPoint, bool> isMeant)
    {
        var (results, added) = (new JsonArray(), 0);
        foreach (var point in turn.Points().Where(isMeant))
            results.Add(Result(picture, point,
                point.N is { } n ? $"t{turn.Number}g{point.Group + 1}p{n}" : $"t{turn.Number}m{++added}"));
        return results;
    }

    private static JsonObject Result(ExportImage picture, ExportPoint point, string id)
    {
        var result = new JsonObject
        {
            ["id"] = id,
            ["type"] = "keypointlabels",
            ["from_name"] = LabelStudioConfiguration.Points,
            ["to_name"] = LabelStudioConfiguration.Image,
            ["original_width"] = picture.Width,
            ["original_height"] = picture.Height,
            ["image_rotation"] = 0,
            ["value"] = new JsonObject
            {
                ["x"] = point.X,
                ["y"] = point.Y,
                ["width"] = DotPercent,
                ["keypointlabels"] = new JsonArray(LabelStudioConfiguration.LabelOf(point.Name)),
            },
        };
        if (point.Verdict is { } verdict) result["meta"] = new JsonObject { ["text"] = new JsonArray(verdict) };
        return result;
    }
}
