namespace Molmo.Demo.Lab.Training;

/// <summary>Losses over steps as an SVG, the losses on a logarithmic axis.</summary>
internal static class CurvePlot
{
    private const int Width = 760;
    private const int Height = 360;
    private const int Left = 56;
    private const int Right = 16;
    private const int Top = 28;
    private const int Bottom = 36;

    /// <param name="points">In the order of their stages and steps.</param>
    public static string Draw(IReadOnlyList<CurvePoint> points)
    {
        var svg = new StringBuilder();
        Line($"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif"
                font-size="12">
            """);
        Line($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#fff\"/>");
        var losses = points.SelectMany(point => new[] { point.Answers, point.Patches, point.Windows })
            .Where(loss => loss > 0).ToList();
        if (losses.Count > 0)
        {
            var (low, high) = (Math.Floor(Math.Log10(losses.Min())), Math.Ceiling(Math.Log10(losses.Max())));
            if (high <= low) high = low + 1;
            double X(int i) => Left + ((Width - Left - Right) * (double)i / Math.Max(1, points.Count - 1));
            double Y(double loss)
                => Top + ((Height - Top - Bottom) * (high - Math.Log10(loss)) / (high - low));
            for (var power = low; power <= high; power++)
            {
                var y = Y(Math.Pow(10, power));
                Line($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:F1}\" y2=\"{y:F1}\" stroke=\"#ddd\"/>");
                Line($"<text x=\"{Left - 6}\" y=\"{y + 4:F1}\" text-anchor=\"end\">{Math.Pow(10, power):G2}</text>");
            }

            for (var i = 0; i < points.Count; i++)
            {
                if (i > 0 && points[i].Stage == points[i - 1].Stage) continue;
                Line($"""
                    <line x1="{X(i):F1}" x2="{X(i):F1}" y1="{Top}" y2="{Height - Bottom}" stroke="#999"
                        stroke-dasharray="3 3"/>
                    """);
                Line($"""
                    <text x="{X(i) + 4:F1}" y="{Height - 14}">{points[i].Stage}, from step {points[i].Step}</text>
                    """);
            }

            Curve(point => point.Patches, "#2a6fdb", "patches", 0);
            Curve(point => point.Windows, "#2f9e63", "windows", 90);
            Curve(point => point.Answers, "#d6337c", "answers", 180);

            void Curve(Func<CurvePoint, double> loss, string colour, string name, int offset)
            {
                var path = string.Join(' ', points.Select((point, i) => (Loss: loss(point), I: i))
                    .Where(item => item.Loss > 0)
                    .Select(item => string.Create(CultureInfo.InvariantCulture, $"{X(item.I):F1},{Y(item.Loss):F1}")));
                if (path.Length == 0) return;
                Line($"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\" points=\"{path}\"/>");
                Line($"<text x=\"{Left + offset}\" y=\"18\" fill=\"{colour}\">{name}</text>");
            }
        }

        Line($"</svg>");
        return svg.ToString();

        void Line(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }
}
