namespace Molmo.Demo.Inference.Kernels;

internal static unsafe partial class LayerNorm
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void RowOf<T>(float* x, float* weight, float* bias, int width, float epsilon, float* y)
        where T : struct, ILanes<T>
    {
        var whole = width - (width % T.Count);
        var sums = T.Broadcast(0);
        for (var i = 0; i < whole; i += T.Count) sums += T.Load(x + i);
        var sum = T.Sum(sums);
        for (var i = whole; i < width; i++) sum += x[i];
        var mean = sum / width;

        var means = T.Broadcast(mean);
        sums = T.Broadcast(0);
        for (var i = 0; i < whole; i += T.Count)
        {
            var distance = T.Load(x + i) - means;
            sums = T.MultiplyAdd(distance, distance, sums);
        }

        var squares = T.Sum(sums);
        for (var i = whole; i < width; i++) squares += (x[i] - mean) * (x[i] - mean);
        var scale = 1 / MathF.Sqrt((squares / width) + epsilon);

        var scales = T.Broadcast(scale);
        for (var i = 0; i < whole; i += T.Count)
            T.Store(T.MultiplyAdd((T.Load(x + i) - means) * scales, T.Load(weight + i), T.Load(bias + i)), y + i);
        for (var i = whole; i < width; i++) y[i] = ((x[i] - mean) * scale * weight[i]) + bias[i];
    }
}
