namespace Molmo.Demo.Inference.Imaging.Jpeg;

/// <summary>The scan header (T.81 B.2.3).</summary>
/// <param name="Components">Interleaved where there is more than one.</param>
/// <param name="First">First coefficient in stream order.</param>
/// <param name="Last">Last coefficient.</param>
/// <param name="High">Lowest bit that was sent before, 0 in a first scan.</param>
/// <param name="Low">Lowest bit that is sent now.</param>
/// <param name="Start">Offset of the entropy-coded data.</param>
internal sealed record JpegScan(JpegComponent[] Components, int First, int Last, int High, int Low, int Start);
