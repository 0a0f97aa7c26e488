namespace Molmo.Demo.Inference.Imaging;

/// <summary>Arithmetic of samples and alpha, where 255 stands for one.</summary>
internal static class ByteMath
{
    /// <summary><paramref name="a"/> * <paramref name="b"/> / 255, rounded; both 0 to 255.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Share(int a, int b)
    {
        var product = a * b + 128;
        return (product >> 8) + product >> 8;
    }
}
