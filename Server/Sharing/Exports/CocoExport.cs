using System.Text.Json.Nodes;

namespace Molmo.Demo.Server.Sharing.Exports;

/// <summary>
/// COCO keypoints: one annotation a point, of a category a label, with the single keypoint <c>point</c>. Coordinates
/// are pixels of the picture, as that format has them; a point has no extent, so its box is empty.
/// Of an answer that a person has checked, the annotations are the ground truth: points confirmed and points added. The
/// others lie beside them as <c>unconfirmed_annotations</c>, where readers of the format do not take them for true.
/// </summary>
internal static class CocoExport
{
    private const int Visible = 2;

    public static byte[] Write(Export export)
    {
        var labels = export.Turns.SelectMany(turn => turn.Points().Select(point => point.Name)).Distinct().ToList();
        var (annotations, unconfirmed) = (new JsonArray(), new JsonArray());
        foreach (var turn in export.Turns.Where(turn => turn.Picture is not null))
            foreach (var point in turn.Points())
                (point.Verdict is Verdicts.Wrong or Verdicts.Unchecked ? unconfirmed : annotations).Add(
                    Annotation(turn, point, labels.IndexOf(point.Name) + 1));
        foreach (var (index, annotation) in annotations.Concat(unconfirmed).Index()) annotation!["id"] = index + 1;
        return JsonExport.Bytes(new JsonObject
        {
            ["info"] = new JsonObject
            {
                ["description"] = "Points of a vision language model. Keypoints are in pixels of the picture, "
                    + "from its top left corner. Where a person has checked them (verdict), "
                    + "annotations are what is confirmed or added; the rest is in unconfirmed_annotations.",
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
            ["unconfirmed_annotations"] = unconfirmed,
        });
    }

    private static JsonObject Annotation(ExportTurn turn, ExportPoint point, int category)
    {
        var annotation = new JsonObject
        {
            ["id"] = 0,
            ["image_id"] = turn.Picture!.Number,
            ["category_id"] = category,
            ["keypoints"] = new JsonArray(point.Left, point.Top, Visible),
            ["num_keypoints"] = 1,
            ["bbox"] = new JsonArray(point.Left, point.Top, 0, 0),
            ["area"] = 0,
            ["iscrowd"] = 0,
            ["turn"] = turn.Number,
            ["source"] = point.Source,
            ["verdict"] = point.Verdict,
        };
        if (point.N is { } n) annotation["n"] = n;
        return annotation;
    }
}
