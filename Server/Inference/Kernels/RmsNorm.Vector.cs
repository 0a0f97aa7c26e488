namespace Molmo.Demo.Inference.Kernels;

internal static unsafe partial class RmsNorm
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void RowOf<T>(float* x, float* weight, int width, float epsilon, float* y)
        where T : struct, ILanes<T>
    {
        var whole = width - (width % T.Count);
        var sums = T.Broadcast(0);
        for (var i = 0; i < whole; i += T.Count)
        {
            var value = T.Load(x + i);
            sums = T.MultiplyAdd(value, value, sums);
        }

        var squares = T.Sum(sums);
        for (var i = whole; i < width; i++) squares += x[i] * x[i];
        var scale = 1 / MathF.Sqrt((squares / width) + epsilon);
        var scales = T.Broadcast(scale);
        for (var i = 0; i < whole; i += T.Count) T.Store(T.Load(weight + i) * (T.Load(x + i) * scales), y + i);
        for (var i = whole; i < width; i++) y[i] = weight[i] * (x[i] * scale);
    }
}
