using System.Text.Json.Nodes;

namespace Molmo.Demo.Server.Sharing.Exports;

/// <summary>
/// COCO keypoints: one annotation a point, of a category a label, with the single keypoint <c>point</c>. Coordinates
/// are pixels of the picture, as that format has them.
/// Of an answer that a person has checked, the annotations are the ground truth: points confirmed and points added. The
/// others lie beside them as <c>unconfirmed_annotations</c>, where readers of the format do not take them for true.
/// </summary>
/// <remarks>
/// A point has no extent, but the published evaluation measures in extents: with an empty box every overlap is 0, and
/// with an area of 0 every keypoint that is off by a thousandth of a pixel is worth 0. So each point has a square box
/// around it, the same for all points of a picture so that all weigh the same; at the border it is moved inside.
/// </remarks>
internal static class CocoExport
{
    /// <summary>
    /// Side of a box as a part of the picture's shorter side. Pictures of 640 to 1,920 pixels so have areas of 32² to
    /// 96², which the evaluation calls medium.
    /// </summary>
    internal const double BoxShare = 0.05;

    private const int Visible = 2;
    private const int NoLicence = 1;

    public static byte[] Write(Export export)
    {
        var labels = export.Turns.SelectMany(turn => turn.Points().Select(point => point.Name)).Distinct().ToList();
        var (annotations, unconfirmed) = (new JsonArray(), new JsonArray());
        foreach (var turn in export.Turns.Where(turn => turn.Picture is not null))
            foreach (var point in turn.Points())
                (point.Verdict is Verdicts.Wrong or Verdicts.Unchecked ? unconfirmed : annotations).Add(
                    Annotation(turn, turn.Picture!, point, labels.IndexOf(point.Name) + 1));
        foreach (var (index, annotation) in annotations.Concat(unconfirmed).Index()) annotation!["id"] = index + 1;
        return JsonExport.Bytes(new JsonObject
        {
            ["info"] = Info(export),
            ["licenses"] = new JsonArray(new JsonObject
            {
                ["id"] = NoLicence,
                ["name"] = "Not stated: the photo belongs to its owner",
                ["url"] = "",
            }),
            ["images"] = new JsonArray([.. export.Pictures.Select(picture => new JsonObject
            {
                ["id"] = picture.Number,
                ["license"] = NoLicence,
                ["file_name"] = picture.FileName,
                ["width"] = picture.Width,
                ["height"] = picture.Height,
                ["coco_url"] = picture.Address ?? "",
                ["flickr_url"] = "",
                // Photos are kept without what their cameras wrote into them.
                ["date_captured"] = "",
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

    private static JsonObject Info(Export export) => new()
    {
        ["description"] = "Points of a vision language model. Keypoints are in pixels of the picture, from its top "
            + "left corner; boxes only say how exact a point is. Where a person has checked them (verdict), "
            + "annotations are what is confirmed or added; the rest is in unconfirmed_annotations.",
        ["url"] = export.Address ?? export.Site ?? "",
        ["version"] = "1.0",
        ["year"] = export.CreatedAt.UtcDateTime.Year,
        ["contributor"] = string.Join("; ", Contributors(export).Distinct()),
        ["date_created"] = export.CreatedAt.UtcDateTime.ToString("yyyy/MM/dd", CultureInfo.InvariantCulture),
    };

    private static IEnumerable<string> Contributors(Export export)
    {
        foreach (var turn in export.Turns)
            yield return turn.Copied.Stamp is { } stamp ? $"{stamp.Model} {stamp.Revision}" : "an unknown model";
        if (export.Turns.Any(turn => turn.Audit is not null)) yield return "a person who checked the points";
    }

    private static JsonObject Annotation(ExportTurn turn, ExportImage picture, ExportPoint point, int category)
    {
        var (x, y, side) = Box(picture, point);
        var annotation = new JsonObject
        {
            ["id"] = 0,
            ["image_id"] = picture.Number,
            ["category_id"] = category,
            ["keypoints"] = new JsonArray(point.Left, point.Top, Visible),
            ["num_keypoints"] = 1,
            // Asked for by some readers; a point outlines nothing.
            ["segmentation"] = new JsonArray(),
            ["bbox"] = new JsonArray(x, y, side, side),
            ["area"] = side * side,
            ["iscrowd"] = 0,
            // The model has none to give; without one these are no results that can be evaluated.
            ["score"] = 1,
            ["turn"] = turn.Number,
            ["source"] = point.Source,
            ["verdict"] = point.Verdict,
            ["attributes"] = Attributes(turn, point),
        };
        if (point.N is { } n) annotation["n"] = n;
        return annotation;
    }

    // Where labelling programs look for what the format does not know.
    private static JsonObject Attributes(ExportTurn turn, ExportPoint point)
    {
        var attributes = new JsonObject { ["turn"] = turn.Number, ["source"] = point.Source };
        if (point.Verdict is { } verdict) attributes["verdict"] = verdict;
        if (point.N is { } n) attributes["n"] = n;
        return attributes;
    }

    // In whole pixels, so that no sum of place and size is rounded beyond the border.
    private static (double X, double Y, int Side) Box(ExportImage picture, ExportPoint point)
    {
        var side = Math.Max(1, (int)Math.Round(BoxShare * Math.Min(picture.Width, picture.Height)));
        return (Begin(point.Left!.Value, side, picture.Width), Begin(point.Top!.Value, side, picture.Height), side);
    }

    private static double Begin(double middle, int side, int size)
        => Math.Clamp(Math.Round(middle - (side / 2.0), 3), 0, size - side);
}
