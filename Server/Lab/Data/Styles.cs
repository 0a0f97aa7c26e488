namespace Molmo.Demo.Lab.Data;

/// <summary>Names of the kinds of annotations, as the published mixture has them.</summary>
internal static class Styles
{
    public const string Pointing = "pointing";
    public const string PointCount = "point_count";
    public const string LongCaption = "long_caption";
    public const string Transcript = "transcript";
    public const string UserQuestion = "user_qa";
    public const string CaptionQuestion = "synthetic_qa";
    public const string PointExplanation = "point_qa";
    public const string Chart = "chart_qa";
    public const string Table = "pixmo_docs_tables";
    public const string ChartsOfCode = "pixmo_docs_charts";
    public const string DiagramsOfCode = "pixmo_docs_diagrams";
    public const string OtherOfCode = "pixmo_docs_other";
    public const string Clock = "clocks";
}
