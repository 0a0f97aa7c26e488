using System.Xml;
using System.Xml.Linq;
using Molmo.Demo.Client.Images;
using Molmo.Demo.Shared.Audits;
using static Molmo.Demo.Client.Localization.Texts;

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
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    private const double Share = 1.0 / 90;

    /// <param name="export">What it is of.</param>
    /// <param name="turn">The answer.</param>
    /// <param name="picture">Its picture.</param>
    /// <param name="photo">Address or data of the photo; null for the dots alone.</param>
    public static byte[] Write(Export export, ExportTurn turn, ExportImage picture, string? photo)
    {
        var radius = Math.Max(picture.Width, picture.Height) * Share * (turn.PointCount > 60 ? 0.6 : 1);
        var size =
            new[] { new XAttribute("width", Number(picture.Width)), new XAttribute("height", Number(picture.Height)) };
        var about = T("Coordinates are pixels of the picture, {0} x {1}; data-x and data-y are {2}.",
            picture.Width, picture.Height, Export.ScaleInWords);
        string?[] parts = [turn.Words, turn.Corrected, .. turn.Caveats, about, export.Address];
        about = string.Join(' ', parts.Where(words => words is not null));
        var svg = new XElement(Svg + "svg",
            new XAttribute("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {picture.Width} "
                + $"{picture.Height}")), size, Words("title", turn.Question), Words("desc", about),
            photo is null ? null : new XElement(Svg + "image", new XAttribute("href", photo), size),
            turn.Points().Where(point => point.Segment is not null).Take(ChatLimits.PointsDrawn)
                .GroupBy(point => point.Segment!).Select(group => Group(group, radius)),
            turn.AuditResult is { } result ? Audit(turn, result, picture, radius) : null);
        using var bytes = new MemoryStream();
        using (var xml =
            XmlWriter.Create(bytes, new XmlWriterSettings { Encoding = new UTF8Encoding(false), Indent = true }))
            svg.Save(xml);
        return bytes.ToArray();
    }

    private static XElement Group(IGrouping<PointSegment, ExportPoint> group, double radius) => new(Svg + "g",
        new XAttribute("id", string.Create(CultureInfo.InvariantCulture, $"group-{group.Key.Group + 1}")),
        new XAttribute("fill", $"#{DotPainter.Colours[group.Key.Group % DotPainter.Colours.Length]:x6}"),
        new XAttribute("stroke", "#ffffff"),
        new XAttribute("stroke-width", Number(radius * 0.28)),
        Words("title", group.First().Name),
        group.Select(point => new XElement(Svg + "path",
            new XAttribute("d", Shape(group.Key.Group, point.Left!.Value, point.Top!.Value, radius)),
            new XAttribute("data-n", Number(point.N!.Value)),
            new XAttribute("data-x", Number(point.X)),
            new XAttribute("data-y", Number(point.Y)),
            point.Verdict == Verdicts.Wrong
                ? new[] { new XAttribute("fill", "#0f0c14"), new XAttribute("fill-opacity", "0.3") } : null,
            Words("title", $"{point.Name}, {T("{0} of {1}", point.N!.Value, group.Key.Points.Length)}"))));

    // A layer of its own: a tick or a cross below a dot to its right, a plus where one is missing.
    private static XElement Audit(ExportTurn turn, AuditResult result, ExportImage picture, double radius)
        => new(Svg + "g",
            new XAttribute("id", "audit"),
            new XAttribute("stroke", "#ffffff"),
            new XAttribute("stroke-width", Number(radius * 0.2)),
            new XAttribute("stroke-linecap", "round"),
            Words("title", $"{AuditWords.Layer}: {AuditWords.Sentence(result)}"),
            AuditMark.Of(turn).Select(mark => Mark(mark, mark.On(picture.Width, picture.Height, 0.9 * radius),
                mark.Radius / 11 * radius)));

    private static XElement Mark(AuditMark mark, (double X, double Y) at, double r) => new(Svg + "g",
        new XAttribute("data-verdict", mark.Verdict),
        new XAttribute("fill", $"#{mark.Colour:x6}"),
        Words("title", mark.Label),
        new XElement(Svg + "path", new XAttribute("d", Shape(mark.IsSquare ? 1 : 0, at.X, at.Y, r))),
        new XElement(Svg + "path",
            new XAttribute("fill", "none"),
            new XAttribute("stroke", $"#{mark.Ink:x6}"),
            new XAttribute(
                "d", string.Join(' ', mark.Strokes.Select(stroke => string.Create(CultureInfo.InvariantCulture,
                    $"M{at.X + (stroke.X1 * r):0.###} {at.Y + (stroke.Y1 * r):0.###}L{at.X + (stroke.X2 * r):0.###} "
                        + $"{at.Y + (stroke.Y2 * r):0.###}"))))));

    // As on the page; colour and shape together repeat after sixty-four groups.
    private static string Shape(int group, double x, double y, double r)
    {
        var corners = PointShape.Of(group).Corners;
        return corners.IsEmpty
            ? string.Create(CultureInfo.InvariantCulture, $"M{x - r:0.###} {y:0.###}a{r:0.###} {r:0.###} 0 1 0 "
                + $"{2 * r:0.###} 0a{r:0.###} {r:0.###} 0 1 0 {-2 * r:0.###} 0z")
            : $"M{string.Join('L', corners.Select(corner => string.Create(
                CultureInfo.InvariantCulture, $"{x + (corner.X * r):0.###} {y + (corner.Y * r):0.###}")))}z";
    }

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>XML has no way to write some characters at all, and half a surrogate pair is none.</summary>
    internal static string Writable(string words) => string.Concat(words.EnumerateRunes()
        .Where(rune => rune.Value is not (0xfffe or 0xffff)
            && (rune.Value >= 0x20 || rune.Value is '\t' or '\n' or '\r')));

    private static XElement Words(string name, string words) => new(Svg + name, Writable(words));
}
