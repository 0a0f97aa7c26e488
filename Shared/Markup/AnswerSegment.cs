namespace Molmo.Demo.Shared.Markup;

/// <summary>A piece of an answer as shown: prose, or the inline text of a group of points.</summary>
public abstract record AnswerSegment;

/// <summary>Prose.</summary>
public sealed record TextSegment(string Text) : AnswerSegment;

/// <summary>One point tag.</summary>
/// <param name="Group">Number of the tag in the answer, 0, 1, 2, ...</param>
/// <param name="Points">Its points that can be shown, in the model's order.</param>
/// <param name="Text">Its inline text; empty while the tag is open.</param>
/// <param name="Alt">Its alternative text; empty while the tag is open.</param>
/// <param name="IsComplete">Whether the tag is over: closed, or given up because something else came.</param>
public sealed record PointSegment(
    int Group, ImmutableArray<ImagePoint> Points, string Text, string Alt, bool IsComplete) : AnswerSegment;
