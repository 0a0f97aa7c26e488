using Molmo.Demo.Shared.Chat;
using Molmo.Demo.Shared.Images;

namespace Molmo.Demo.Shared.Markup;

/// <summary>What <see cref="PointMarkupParser"/> is sure of after a piece of text.</summary>
public abstract record MarkupEvent
{
    /// <summary>The same with places in percent of the whole picture, where the text was written about a part of it.</summary>
    public MarkupEvent ToPicture(ImageRegion? region)
        => region is not null && this is MarkupPointFound found ? found with { Point = region.ToPicture(found.Point) } : this;
}

/// <summary>Prose that is certainly not markup.</summary>
public sealed record ProseFound(string Text) : MarkupEvent;

/// <summary>A point whose coordinates are complete and within 0 to 100.</summary>
public sealed record MarkupPointFound(int Group, ImagePoint Point) : MarkupEvent;

/// <summary>A tag has closed; entities in both texts are decoded. Comes without points too, where none was valid.</summary>
public sealed record MarkupGroupEnded(int Group, string Text, string Alt) : MarkupEvent;

/// <summary>Something was repaired or dropped.</summary>
/// <param name="Code">What kind of thing.</param>
/// <param name="Detail">The piece concerned.</param>
/// <param name="At">Where it begins in the text, in UTF-16 units from 0.</param>
public sealed record MarkupNoted(NoteCode Code, string Detail, int At) : MarkupEvent;
