using Molmo.Demo.Lab.Drawing;
using SkiaSharp;

namespace Molmo.Demo.Server.Tests.Lab.Generators;

/// <summary>The letters that generators write with.</summary>
public sealed class OutlineFontTests
{
    [Fact]
    public void Text_OfALetter_CoversWhatTheLetterCovers()
    {
        using var sheet = new Sheet(100, 100, SKColors.White);
        sheet.Text("L", new SKPoint(50, 50), new Lettering(OutlineFont.Sans, 100, SKColors.Black) { Weight = 0.02f });
        var picture = sheet.ToImage();
        var isDark = Enumerable.Range(0, 100 * 100).Where(i => picture.Pixels[i * 3] < 128).ToList();

        // A stem at the left over the whole height of a capital, a foot to the right, nothing in the upper right.
        var (left, right) = (isDark.Min(i => i % 100), isDark.Max(i => i % 100));
        Assert.InRange(isDark.Max(i => i / 100) - isDark.Min(i => i / 100), 60, 80);
        Assert.InRange(right - left, 25, 60);
        Assert.DoesNotContain(isDark, i => i % 100 > left + 15 && i / 100 < 60);
    }

    [Fact]
    public void AdvanceOf_Letters_DiffersAsTheirWidthsDo()
    {
        Assert.True(OutlineFont.Sans.AdvanceOf('m') > 2 * OutlineFont.Sans.AdvanceOf('i'));
        Assert.True(OutlineFont.Display.AdvanceOf(' ') > 0);
        Assert.Empty(OutlineFont.Display.ContoursOf(' '));
        Assert.Equal(2, OutlineFont.Sans.ContoursOf('O').Count);
        Assert.True(OutlineFont.Sans.ContoursOf('é').Count > OutlineFont.Sans.ContoursOf('e').Count);
    }

    [Fact]
    public void AdvanceOf_SignThatIsNotThere_SaysWhich()
        => Assert.Contains(
            "U+6F22", Assert.Throws<ArgumentException>(() => OutlineFont.Sans.AdvanceOf('漢')).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Woff2File_OfOtherBytes_IsRefused()
        => Assert.Throws<InvalidDataException>(() => new Woff2File(new byte[100]));

    [Fact]
    public void Within_TooLittleRoom_MakesLettersSmaller()
    {
        var style = new Lettering(OutlineFont.Sans, 40, SKColors.Black);

        Assert.Equal(100, style.Within("A long line of text", 100).WidthOf("A long line of text"), 0.5f);
        Assert.Same(style, style.Within("A", 100));
    }
}
