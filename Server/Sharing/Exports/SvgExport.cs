using System.Xml;
using Molmo.Demo.Client.Images;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Sharing.Exports;

/// <summary>What lies under the dots of an SVG file.</summary>
internal enum SvgPhoto
{
    /// <summary>Nothing: the dots alone, to be laid over the photo.</summary>
    None,

    /// <summary>The photo's address, where it has one.</summary>
    Linked,

    /// <summary>The photo itself.</summary>
    Embedded,
}

/// <summary>The dots as shapes that can be edited, in pixels of the photo, each with its name as a title.</summary>
internal static class SvgExport
{
    private const string Namespace = "http://www.w3.org/2000/svg";
    private const double Share = 1.0 / 90;

    /// <param name="export">What it is of.</param>
    /// <param name="turn">The answer.</param>
    /// <param name="picture">Its picture.</param>
    /// <param name="photo">Address or data of the photo; null for the dots alone.</param>
    public static byte[] Write(Export export, ExportTurn turn, ExportPicture picture, string? photo)
    {
        using var bytes = new MemoryStream();
        using (var xml = XmlWriter.Create(bytes, new XmlWriterSettings { Encoding = new UTF8Encoding(false), Indent = true, CheckCharacters = true }))
        {
            xml.WriteStartElement("svg", Namespace);
            xml.WriteAttributeString("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {picture.Width} {picture.Height}"));
            xml.WriteAttributeString("width", Number(picture.Width));
            xml.WriteAttributeString("height", Number(picture.Height));
            xml.WriteElementString("title", Namespace, Clean(turn.Question));
            xml.WriteElementString("desc", Namespace, string.Create(CultureInfo.InvariantCulture,
                $"{Clean(turn.Words)} Coordinates are pixels of the picture, {picture.Width} x {picture.Height}; data-x and data-y are {Export.ScaleWords}.{(export.Address is { } address ? " " + address : "")}"));
            if (photo is not null)
            {
                xml.WriteStartElement("image", Namespace);
                xml.WriteAttributeString("href", photo);
                xml.WriteAttributeString("width", Number(picture.Width));
                xml.WriteAttributeString("height", Number(picture.Height));
                xml.WriteEndElement();
            }
            var radius = Math.Max(picture.Width, picture.Height) * Share * (turn.PointCount > 60 ? 0.6 : 1);
            var left = ChatLimits.PointsDrawn;
            foreach (var group in turn.Groups)
            {
                WriteGroup(xml, group, picture, radius, left);
                left -= Math.Min(left, group.Points.Length);
            }
            if (turn.AuditResult is { } result) WriteAudit(xml, turn, result, picture, radius);
            xml.WriteEndElement();
        }
        return bytes.ToArray();
    }

    private static void WriteGroup(XmlWriter xml, PointSegment group, ExportPicture picture, double radius, int most)
    {
        var name = Clean(ExportTurn.NameOf(group));
        xml.WriteStartElement("g", Namespace);
        xml.WriteAttributeString("id", string.Create(CultureInfo.InvariantCulture, $"group-{group.Group + 1}"));
        xml.WriteAttributeString("fill", $"#{DotPainter.Colours[group.Group % DotPainter.Colours.Length]:x6}");
        xml.WriteAttributeString("stroke", "#ffffff");
        xml.WriteAttributeString("stroke-width", Number(radius * 0.28));
        xml.WriteElementString("title", Namespace, name);
        foreach (var point in group.Points.Take(most))
        {
            xml.WriteStartElement("path", Namespace);
            xml.WriteAttributeString("d", Shape(group.Group, JsonExport.Pixels(point.X, picture.Width), JsonExport.Pixels(point.Y, picture.Height), radius));
            xml.WriteAttributeString("data-n", Number(point.N));
            xml.WriteAttributeString("data-x", Number(point.X));
            xml.WriteAttributeString("data-y", Number(point.Y));
            xml.WriteElementString("title", Namespace, string.Create(CultureInfo.InvariantCulture, $"{name}, {point.N} of {group.Points.Length}"));
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
    }

    // A layer of its own: a tick or a cross below a dot to its right, a plus where one is missing.
    private static void WriteAudit(XmlWriter xml, ExportTurn turn, AuditResult result, ExportPicture picture, double radius)
    {
        xml.WriteStartElement("g", Namespace);
        xml.WriteAttributeString("id", "audit");
        xml.WriteAttributeString("stroke", "#ffffff");
        xml.WriteAttributeString("stroke-width", Number(radius * 0.2));
        xml.WriteAttributeString("stroke-linecap", "round");
        xml.WriteElementString("title", Namespace, $"{AuditWords.Layer}: {AuditWords.Sentence(result)}");
        foreach (var mark in AuditMark.Of(turn))
        {
            var ((x, y), r) = (mark.On(picture.Width, picture.Height, 0.9 * radius), 0.8 * radius);
            xml.WriteStartElement("g", Namespace);
            xml.WriteAttributeString("data-verdict", mark.Verdict);
            xml.WriteAttributeString("fill", $"#{mark.Colour:x6}");
            xml.WriteElementString("title", Namespace, Clean(mark.Label));
            xml.WriteStartElement("path", Namespace);
            xml.WriteAttributeString("d", Shape(mark.Shape, x, y, r));
            xml.WriteEndElement();
            xml.WriteStartElement("path", Namespace);
            xml.WriteAttributeString("fill", "none");
            xml.WriteAttributeString("d", string.Join(' ', mark.Strokes.Select(stroke => string.Create(CultureInfo.InvariantCulture,
                $"M{x + (stroke.X1 * r):0.###} {y + (stroke.Y1 * r):0.###}L{x + (stroke.X2 * r):0.###} {y + (stroke.Y2 * r):0.###}"))));
            xml.WriteEndElement();
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
    }

    // Circle, square, diamond, leaf, drop, as on the page; colours repeat after eight groups, the two together after forty.
    private static string Shape(int group, double x, double y, double r) => (group % 5) switch
    {
        0 => string.Create(CultureInfo.InvariantCulture, $"M{x - r:0.###} {y:0.###}a{r:0.###} {r:0.###} 0 1 0 {2 * r:0.###} 0a{r:0.###} {r:0.###} 0 1 0 {-2 * r:0.###} 0z"),
        1 => string.Create(CultureInfo.InvariantCulture, $"M{x - r:0.###} {y - r:0.###}h{2 * r:0.###}v{2 * r:0.###}h{-2 * r:0.###}z"),
        2 => string.Create(CultureInfo.InvariantCulture, $"M{x:0.###} {y - (1.25 * r):0.###}l{1.25 * r:0.###} {1.25 * r:0.###}l{-1.25 * r:0.###} {1.25 * r:0.###}l{-1.25 * r:0.###} {-1.25 * r:0.###}z"),
        3 => string.Create(CultureInfo.InvariantCulture, $"M{x - r:0.###} {y + r:0.###}a{2 * r:0.###} {2 * r:0.###} 0 0 1 {2 * r:0.###} {-2 * r:0.###}a{2 * r:0.###} {2 * r:0.###} 0 0 1 {-2 * r:0.###} {2 * r:0.###}z"),
        _ => string.Create(CultureInfo.InvariantCulture, $"M{x:0.###} {y + (1.4 * r):0.###}l{-0.7 * r:0.###} {-0.7 * r:0.###}a{r:0.###} {r:0.###} 0 1 1 {1.4 * r:0.###} 0z"),
    };

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    // XML has no way to write some characters at all, and half a surrogate pair is none.
    private static string Clean(string words) => new([.. words.EnumerateRunes()
        .Where(rune => rune.Value is not (0xfffe or 0xffff) && (rune.Value >= 0x20 || rune.Value is '\t' or '\n' or '\r')).SelectMany(rune => rune.ToString())]);
}
