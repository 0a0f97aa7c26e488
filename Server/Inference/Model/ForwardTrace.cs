namespace Molmo.Demo.Inference.Model;

/// <summary>
/// Sees intermediate values of a forward pass, for parity tests. Where a step runs in pieces (groups of crops), the pieces
/// come one after the other under the same name.
/// </summary>
/// <param name="name">As the golden files name them, such as <c>block0_attn_out</c>; all rows, not only the last.</param>
/// <param name="values">Row after row; valid during the call only.</param>
internal delegate void ForwardTrace(string name, ReadOnlySpan<float> values);
