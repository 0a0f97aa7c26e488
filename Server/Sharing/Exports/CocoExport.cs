using System.Globalization;
using System.Text.Json.Nodes;

namespace Molmo.Demo.Server.Sharing.Exports;

/// <summary>
/// COCO keypoints: one annotation a point, of a category a label, with the single keypoint <c>point</c>. Coordinates are
/// pixels of the picture, as that format has them; a point has no extent, so its box is empty.
/// </summary>
internal static class CocoExport
{
    private const int Visible = 2;

    public static byte[] Write(Export export)
    {
        var labels = export.Turns.SelectMany(turn => turn.Groups).Select(ExportTurn.NameOf).Distinct().ToList();
        var annotations = new JsonArray();
        foreach (var turn in export.Turns)
        {
            if (turn.Picture is not { } picture) continue;
            foreach (var group in turn.Groups)
            {
                foreach (var point in group.Points)
                {
                    var (x, y) = (JsonExport.Pixels(point.X, picture.Width), JsonExport.Pixels(point.Y, picture.Height));
                    annotations.Add(new JsonObject
                    {
                        ["id"] = annotations.Count + 1,
                        ["image_id"] = picture.Number,
                        ["category_id"] = labels.IndexOf(ExportTurn.NameOf(group)) + 1,
                        ["keypoints"] = new JsonArray(x, y, Visible),
                        ["num_keypoints"] = 1,
                        ["bbox"] = new JsonArray(x, y, 0, 0),
                        ["area"] = 0,
                        ["iscrowd"] = 0,
                        ["turn"] = turn.Number,
                        ["n"] = point.N,
                    });
                }
            }
        }
        return JsonExport.Bytes(new JsonObject
        {
            ["info"] = new JsonObject
            {
                ["description"] = "Points of a vision language model. Keypoints are in pixels of the picture, from its top left corner.",
                ["url"] = export.Address,
                ["version"] = "1.0",
                ["year"] = export.CreatedAt.Year,
                ["date_created"] = export.CreatedAt.ToString("O", CultureInfo.InvariantCulture),
            },
            ["licenses"] = new JsonArray(),
            ["images"] = new JsonArray([.. export.Pictures.Select(picture => new JsonObject
            {
                ["id"] = picture.Number,
                ["file_name"] = picture.FileName,
                ["width"] = picture.Width,
                ["height"] = picture.Height,
                ["coco_url"] = picture.Address,
            })]),
            ["categories"] = new JsonArray([.. labels.Select((label, index) => new JsonObject
            {
                ["id"] = index + 1,
                ["name"] = label,
                ["supercategory"] = "point",
                ["keypoints"] = new JsonArray("point"),
                ["skeleton"] = new JsonArray(),
            })]),
            ["annotations"] = annotations,
        });
    }
}
