using System.Text.Json.Nodes;

namespace Molmo.Demo.Server.Tests.Sharing;

/// <summary>
/// The rules of the COCO keypoints format, as its page states them and as the programs that read it insist on them.
/// </summary>
internal static class CocoRules
{
    public static void Check(JsonNode file)
    {
        foreach (var name in new[] { "description", "url", "version", "contributor", "date_created" })
            Assert.Equal(JsonValueKind.String, file["info"]![name]!.GetValueKind());
        Assert.Matches(@"^\d{4}/\d\d/\d\d$", (string)file["info"]!["date_created"]!);
        Assert.Equal(((string)file["info"]!["date_created"]!)[..4], $"{(int)file["info"]!["year"]!}");

        var licences = Ids(file, "licenses");
        Assert.All(file["licenses"]!.AsArray(), licence => Assert.NotEmpty((string)licence!["name"]!));
        Assert.NotNull((string?)file["licenses"]![0]!["url"]);
        var images = file["images"]!.AsArray().ToDictionary(image => (int)image!["id"]!, image => image!);
        Assert.All(images.Values, image =>
        {
            Assert.Contains((int)image["license"]!, licences);
            Assert.All(new[] { "file_name", "coco_url", "flickr_url", "date_captured" },
                name => Assert.Equal(JsonValueKind.String, image[name]!.GetValueKind()));
            Assert.True((int)image["width"]! > 0 && (int)image["height"]! > 0);
        });
        // Some readers know a picture by its name without the ending.
        Assert.Distinct(images.Values.Select(image => Path.GetFileNameWithoutExtension((string)image["file_name"]!)),
            StringComparer.OrdinalIgnoreCase);

        var categories = Ids(file, "categories");
        Assert.Distinct(file["categories"]!.AsArray().Select(category => (string)category!["name"]!));
        Assert.All(file["categories"]!.AsArray(), category =>
        {
            Assert.NotEmpty((string)category!["name"]!);
            Assert.NotEmpty((string)category["supercategory"]!);
            Assert.Single(category["keypoints"]!.AsArray());
            Assert.Empty(category["skeleton"]!.AsArray());
        });

        var annotations = file["annotations"]!.AsArray().Concat(file["unconfirmed_annotations"]!.AsArray()).ToList();
        Assert.Distinct(annotations.Select(annotation => (int)annotation!["id"]!));
        foreach (var annotation in annotations)
        {
            Assert.True((int)annotation!["id"]! > 0);
            Assert.Contains((int)annotation["category_id"]!, categories);
            Check(annotation, images[(int)annotation["image_id"]!]);
        }
    }

    private static void Check(JsonNode annotation, JsonNode image)
    {
        var (width, height) = ((int)image["width"]!, (int)image["height"]!);
        var point = annotation["keypoints"]!.AsArray().Select(value => (double)value!).ToList();
        Assert.Equal(3, point.Count);
        Assert.Equal(2, point[2]);
        Assert.Equal(1, (int)annotation["num_keypoints"]!);
        Assert.Equal(0, (int)annotation["iscrowd"]!);
        Assert.Empty(annotation["segmentation"]!.AsArray());
        var box = annotation["bbox"]!.AsArray().Select(value => (double)value!).ToList();
        Assert.Equal(4, box.Count);
        Assert.True(box[2] > 0 && box[3] > 0);
        Assert.True(box[0] >= 0 && box[1] >= 0 && box[0] + box[2] <= width && box[1] + box[3] <= height);
        Assert.InRange(point[0], box[0], box[0] + box[2]);
        Assert.InRange(point[1], box[1], box[1] + box[3]);
        Assert.Equal(box[2] * box[3], (double)annotation["area"]!);
        Assert.InRange((double)annotation["score"]!, 0, 1);
    }

    private static HashSet<int> Ids(JsonNode file, string list)
    {
        var ids = file[list]!.AsArray().Select(one => (int)one!["id"]!).ToList();
        Assert.Distinct(ids);
        Assert.DoesNotContain(0, ids);
        return [.. ids];
    }
}
