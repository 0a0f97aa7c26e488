using System.Text.Json.Nodes;
using Molmo.Demo.Client.Images;

namespace Molmo.Demo.Server.Sharing.Exports;

/// <summary>
/// Tasks for Label Studio with the points as predictions, in percent as that program has them. Where a person has checked them,
/// the confirmed and the added ones are an annotation, the ground truth where every point has a verdict. Suits a labelling set-up with
/// <c>&lt;Image name="image" value="$image"/&gt;</c> and <c>&lt;KeyPointLabels name="points" toName="image"&gt;</c>.
/// </summary>
internal static class LabelStudioExport
{
    private const double DotPercent = 0.8;

    public static byte[] Write(Export export) => JsonExport.Bytes(new JsonArray([.. export.Turns.Where(turn => turn.Picture is not null).Select(turn => Task(turn, turn.Picture!))]));

    private static JsonObject Task(ExportTurn turn, ExportPicture picture)
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
                ["result"] = new JsonArray([.. turn.Judged().Select(judged => Model(turn, picture, judged.Group, judged.Point))]),
            }),
        };
        if (turn.AuditResult is not { } result) return task;
        task["data"]!["audit"] = AuditWords.Sentence(result);
        task["annotations"] = new JsonArray(new JsonObject
        {
            ["was_cancelled"] = false,
            ["ground_truth"] = result.IsComplete,
            ["result"] = new JsonArray(
            [
                .. turn.Judged().Where(judged => judged.Verdict == Verdicts.Right).Select(judged => Model(turn, picture, judged.Group, judged.Point)),
                .. turn.Missed.Index().Select(missed => Point(picture, $"t{turn.Number}m{missed.Index + 1}", missed.Item.Point.X, missed.Item.Point.Y, missed.Item.Name)),
            ]),
        });
        return task;
    }

    private static JsonObject Model(ExportTurn turn, ExportPicture picture, PointSegment group, ImagePoint point)
        => Point(picture, $"t{turn.Number}g{group.Group + 1}p{point.N}", point.X, point.Y, ExportTurn.NameOf(group));

    private static JsonObject Point(ExportPicture picture, FormattableString id, double x, double y, string label) => new()
    {
        ["id"] = FormattableString.Invariant(id),
        ["type"] = "keypointlabels",
        ["from_name"] = "points",
        ["to_name"] = "image",
        ["original_width"] = picture.Width,
        ["original_height"] = picture.Height,
        ["image_rotation"] = 0,
        ["value"] = new JsonObject
        {
            ["x"] = x,
            ["y"] = y,
            ["width"] = DotPercent,
            ["keypointlabels"] = new JsonArray(label),
        },
    };
}
