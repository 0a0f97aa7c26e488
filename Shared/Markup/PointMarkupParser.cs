namespace Molmo.Demo.Shared.Markup;

/// <summary>Turns a model's text into prose and points while it arrives.</summary>
public sealed class PointMarkupParser
{
}
