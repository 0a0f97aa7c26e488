using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Molmo.Demo.Server.Tests.Sharing;

/// <summary>
/// What Label Studio checks of tasks against the labelling configuration of their project, as its published validator
/// does before an import.
/// </summary>
internal static class LabelStudioRules
{
    /// <param name="tasks">The file of tasks.</param>
    /// <param name="configuration">The configuration as text.</param>
    public static void Check(JsonNode tasks, string configuration)
    {
        var view = XElement.Parse(configuration);
        Assert.Equal("View", view.Name.LocalName);
        var names = view.Descendants().Attributes("name").Select(name => name.Value).ToList();
        Assert.Distinct(names);
        var control = Assert.Single(view.Descendants("KeyPointLabels"));
        var picture = Assert.Single(view.Descendants("Image"));
        Assert.Equal(picture.Attribute("name")!.Value, control.Attribute("toName")!.Value);
        var labels = control.Elements("Label").Select(label => label.Attribute("value")!.Value).ToList();
        Assert.NotEmpty(labels);
        Assert.Distinct(labels);
        // A dollar sign names a field of the task.
        Assert.All(labels, label => Assert.False(label.StartsWith('$') || label.Length == 0 || label != label.Trim()));
        var fields = view.Descendants().Attributes("value").Select(value => value.Value)
            .Where(value => value.StartsWith('$')).Select(value => value[1..]).ToList();

        foreach (var task in tasks.AsArray())
        {
            Assert.All(fields, field => Assert.NotNull(task!["data"]![field]));
            Assert.NotEmpty((string)task!["data"]!["image"]!);
            foreach (var list in new[] { "predictions", "annotations" })
                foreach (var one in task[list]?.AsArray() ?? [])
                    CheckResults(one!["result"]!.AsArray(), control, labels);
            Assert.All(task["predictions"]!.AsArray(),
                prediction => Assert.NotEmpty((string)prediction!["model_version"]!));
        }
    }

    private static void CheckResults(JsonArray results, XElement control, List<string> labels)
    {
        Assert.Distinct(results.Select(result => (string)result!["id"]!));
        foreach (var result in results)
        {
            Assert.Equal(control.Attribute("name")!.Value, (string)result!["from_name"]!);
            Assert.Equal(control.Attribute("toName")!.Value, (string)result["to_name"]!);
            Assert.Equal("KeyPointLabels", (string)result["type"]!, ignoreCase: true);
            Assert.Equal(0, (int)result["image_rotation"]!);
            Assert.True((int)result["original_width"]! > 0 && (int)result["original_height"]! > 0);
            foreach (var name in new[] { "x", "y", "width" })
                Assert.InRange((double)result["value"]![name]!, 0, 100);
            Assert.Contains((string)Assert.Single(result["value"]!["keypointlabels"]!.AsArray())!, labels);
            if (result["meta"] is { } meta) Assert.NotEmpty((string)Assert.Single(meta["text"]!.AsArray())!);
        }
    }
}
