namespace Molmo.Demo.Inference.Weights;

/// <summary>What a packed file's table of contents says of one matrix or list of numbers, checked.</summary>
/// <param name="Name">The stored weight it was made from; of several that were stacked, the first.</param>
/// <param name="Form"><c>values</c> for plain float32, row after row; else the precision of panels.</param>
/// <param name="Rows">Rows, or a matrix's outputs.</param>
/// <param name="Columns">Columns, or a matrix's inputs.</param>
/// <param name="Offset">First byte in the file.</param>
/// <param name="Length">Bytes.</param>
internal sealed record PackedEntry(string Name, string Form, int Rows, int Columns, long Offset, long Length)
{
    /// <summary>The form of plain float32.</summary>
    public const string Values = "values";
}

/// <summary>What a packed file was made from and how; all of it must fit, else its numbers mean something else.</summary>
/// <param name="Model">Name of the checkpoint, for people.</param>
/// <param name="Revision">The checkpoint's mark of content.</param>
/// <param name="Precision">Of the large matrices.</param>
/// <param name="Layout">How panels are laid out: a name that changes with the kernels.</param>
internal sealed record PackedIdentity(string Model, string Revision, string Precision, string Layout);
