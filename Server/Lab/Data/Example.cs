using Molmo.Demo.Inference.Imaging;

namespace Molmo.Demo.Lab.Data;

/// <summary>A question about a picture and its answer.</summary>
/// <param name="Style">
/// Kind of the annotation as the published code names it, such as <c>pointing</c>, <c>point_count</c>,
/// <c>long_caption</c>, <c>transcript</c>, <c>chart_qa</c>; see <see cref="Styles"/>.
/// </param>
/// <param name="Question">As a person types it, without a style tag; empty for captions and transcripts.</param>
/// <param name="Answer">With its markup, without the space before it.</param>
internal sealed record Annotation(string Style, string Question, string Answer);

/// <summary>A thing in a picture; all in percent of width and height.</summary>
/// <param name="Label">What it is, in the plural, as <c>truth.json</c> names it.</param>
/// <param name="X">Centre.</param>
/// <param name="Y">Centre.</param>
/// <param name="Width">Of its box; 0 where just a point is known.</param>
/// <param name="Height">Of its box; 0 where just a point is known.</param>
internal readonly record struct SceneObject(string Label, double X, double Y, double Width, double Height);

/// <summary>A picture with all its annotations, which go into one sequence.</summary>
/// <param name="Picture">Null for text alone.</param>
/// <param name="Annotations">At least one.</param>
internal sealed record Example(RgbImage? Picture, IReadOnlyList<Annotation> Annotations)
{
    /// <summary>What is in the picture, the topmost last; empty where it is not known.</summary>
    public IReadOnlyList<SceneObject> Objects { get; init; } = [];
}

/// <summary>Examples by number: the same number gives the same example, whoever asks and in whatever order.</summary>
internal interface IExampleSource
{
    /// <summary>
    /// Examples of one pass; numbers beyond it go on, for a generator with new ones, else from the start.
    /// </summary>
    long Count { get; }

    /// <summary>Whether the examples are a table's; else they are made, and any number of them can be had.</summary>
    bool IsFinite => false;

    /// <summary>Any number of threads may call it.</summary>
    Example Read(long index);
}
