using System.Text.Json.Nodes;

namespace Molmo.Demo.Server.Tests.Sharing;

/// <summary>
/// What the published evaluation of COCO says of results: average precision over the overlaps 0.50, 0.55, ... 0.95,
/// measured at 101 recalls and averaged over categories. Without its classes of sizes, its crowds and its limit of
/// results, of which the files here have none.
/// </summary>
internal static class CocoEvaluation
{
    /// <summary>How far people put one keypoint apart, in sides of the object, as its users choose it.</summary>
    private const double Sigma = 0.1;

    /// <param name="truth">A file of the format.</param>
    /// <param name="results">Its annotations, or others of the same pictures and categories, with a score.</param>
    public static double OfBoxes(JsonNode truth, IEnumerable<JsonNode> results) => Of(truth, results, OverlapOfBoxes);

    /// <inheritdoc cref="OfBoxes"/>
    public static double OfKeypoints(JsonNode truth, IEnumerable<JsonNode> results)
        => Of(truth, results, OverlapOfKeypoints);

    /// <summary>Annotations as results: moved to the right by some pixels, both keypoint and box.</summary>
    public static IReadOnlyList<JsonNode> Moved(JsonNode file, double pixels)
        => [.. file["annotations"]!.AsArray().Select(annotation =>
        {
            var moved = annotation!.DeepClone();
            moved["keypoints"]![0] = (double)moved["keypoints"]![0]! + pixels;
            moved["bbox"]![0] = (double)moved["bbox"]![0]! + pixels;
            return moved;
        })];

    private static double Of(JsonNode truth, IEnumerable<JsonNode> results, Func<JsonNode, JsonNode, double> overlap)
    {
        var found = results.ToList();
        var precisions = new List<double>();
        foreach (var category in truth["categories"]!.AsArray().Select(category => (int)category!["id"]!))
        {
            var truths = OfCategory(truth["annotations"]!.AsArray().OfType<JsonNode>(), category);
            if (truths.Count == 0) continue;
            var ranked = OfCategory(found, category).OrderByDescending(result => (double)result["score"]!).ToList();
            for (var threshold = 50; threshold < 100; threshold += 5)
                precisions.Add(Precision(truths, ranked, threshold / 100.0, overlap));
        }
        return precisions.Count == 0 ? -1 : precisions.Average();
    }

    private static List<JsonNode> OfCategory(IEnumerable<JsonNode> annotations, int category)
        => [.. annotations.Where(annotation => (int)annotation["category_id"]! == category)];

    // Each result takes the truth of its picture that it overlaps most and that no better one has taken.
    private static double Precision(
        List<JsonNode> truths, List<JsonNode> ranked, double threshold, Func<JsonNode, JsonNode, double> overlap)
    {
        var free = truths.ToList();
        var (hits, curve) = (0, new List<(double Recall, double Precision)>());
        foreach (var (index, result) in ranked.Index())
        {
            var best = free.Where(truth => (int)truth["image_id"]! == (int)result["image_id"]!)
                .Select(truth => (Truth: truth, Overlap: overlap(truth, result)))
                .Where(pair => pair.Overlap >= threshold).OrderByDescending(pair => pair.Overlap).FirstOrDefault();
            if (best.Truth is not null)
            {
                hits++;
                free.Remove(best.Truth);
            }
            curve.Add(((double)hits / truths.Count, (double)hits / (index + 1)));
        }
        return Enumerable.Range(0, 101).Average(recall => curve.Where(at => at.Recall >= recall / 100.0)
            .Select(at => at.Precision).DefaultIfEmpty(0).Max());
    }

    private static double OverlapOfBoxes(JsonNode truth, JsonNode result)
    {
        var (a, b) = (Numbers(truth["bbox"]!), Numbers(result["bbox"]!));
        var width = Math.Min(a[0] + a[2], b[0] + b[2]) - Math.Max(a[0], b[0]);
        var height = Math.Min(a[1] + a[3], b[1] + b[3]) - Math.Max(a[1], b[1]);
        if (width <= 0 || height <= 0) return 0;
        var common = width * height;
        return common / ((a[2] * a[3]) + (b[2] * b[3]) - common);
    }

    // Keypoints that are not labelled do not count; the object's area is what their distance is measured by.
    private static double OverlapOfKeypoints(JsonNode truth, JsonNode result)
    {
        var (a, b) = (Numbers(truth["keypoints"]!), Numbers(result["keypoints"]!));
        var variance = Math.Pow(2 * Sigma, 2);
        return Enumerable.Range(0, a.Length / 3).Where(at => a[(3 * at) + 2] > 0).Select(at =>
        {
            var (dx, dy) = (b[3 * at] - a[3 * at], b[(3 * at) + 1] - a[(3 * at) + 1]);
            return Math.Exp(-((dx * dx) + (dy * dy)) / variance
                / ((double)truth["area"]! + double.BitIncrement(1) - 1) / 2);
        }).DefaultIfEmpty(0).Average();
    }

    private static double[] Numbers(JsonNode node) => [.. node.AsArray().Select(value => (double)value!)];
}
