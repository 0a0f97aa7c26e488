using System.Xml.Linq;

namespace Molmo.Demo.Server.Sharing.Exports;

/// <summary>
/// The labelling configuration of Label Studio that its tasks need: their picture, and keypoints with every label that
/// a task has.
/// </summary>
/// <param name="Labels">As <see cref="LabelOf"/> has them, in the order of their first point.</param>
internal sealed record LabelStudioConfiguration(ImmutableArray<string> Labels)
{
    /// <summary>Name of the keypoints, the <c>from_name</c> of a result.</summary>
    public const string Points = "points";

    /// <summary>Name of the picture, the <c>to_name</c> of a result.</summary>
    public const string Image = "image";

    /// <summary>Of an export; with a label even where nothing was found, for it may be missing there.</summary>
    public static LabelStudioConfiguration Of(Export export)
    {
        var labels = export.Turns.SelectMany(turn => turn.Points())
            .Select(point => LabelOf(point.Name)).Distinct().ToImmutableArray();
        return new LabelStudioConfiguration(labels.IsEmpty ? ["point"] : labels);
    }

    /// <summary>
    /// A name as label: on one line, of characters that XML can write. A dollar sign at its start would be taken for
    /// the name of a task's field.
    /// </summary>
    public static string LabelOf(string name)
    {
        var words = string.Join(' ', SvgExport.Writable(name)
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return words switch
        {
            "" => "point",
            ['$', ..] => $"＄{words[1..]}",
            _ => words,
        };
    }

    /// <summary>As XML.</summary>
    public override string ToString() => new XElement("View",
        new XElement("Header", new XAttribute("value", "$question")),
        new XElement("Image", new XAttribute("name", Image), new XAttribute("value", "$image"),
            new XAttribute("zoom", "true")),
        new XElement("KeyPointLabels", new XAttribute("name", Points), new XAttribute("toName", Image),
            new XAttribute("strokeWidth", "3"),
            Labels.Select((label, index) => new XElement("Label", new XAttribute("value", label),
                new XAttribute("background", $"#{DotPainter.Colours[index % DotPainter.Colours.Length]:x6}")))))
        .ToString();

    /// <summary>The same as a file.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes(ToString() + "\n");
}
