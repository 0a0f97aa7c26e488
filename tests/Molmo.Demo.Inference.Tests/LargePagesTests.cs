namespace Molmo.Demo.Inference.Tests;

public sealed class LargePagesTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5_000_000)]
    public void LargePages_OfAnArray_KeepItsContents(int length)
    {
        var array = Enumerable.Range(0, length).ToArray();
        Assert.Same(array, LargePages.For(array));
        for (var i = 0; i < length; i++) Assert.Equal(i, array[i]);
    }
}
