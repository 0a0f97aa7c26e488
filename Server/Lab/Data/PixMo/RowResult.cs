namespace Molmo.Demo.Lab.Data.PixMo;

/// <summary>What a row gives to the example of its picture.</summary>
/// <param name="Annotations">Empty where the row is left out.</param>
internal sealed record RowResult(IReadOnlyList<Annotation> Annotations)
{
    /// <summary>The label that the row points to, or says is not there; null where it is about none.</summary>
    public LabelPoints? Label { get; init; }

    /// <summary>One of <see cref="PixMo.LeftOut"/> where all or a part of it is left out.</summary>
    public string? LeftOut { get; init; }

    public static RowResult Without(string reason) => new([]) { LeftOut = reason };
}
