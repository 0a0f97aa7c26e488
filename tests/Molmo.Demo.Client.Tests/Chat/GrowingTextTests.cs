using Molmo.Demo.Client.Chat;

namespace Molmo.Demo.Client.Tests.Chat;

public class GrowingTextTests
{
    private readonly GrowingText _text = new();

    [Fact]
    public void Update_LongerText_AddsOnePieceAndKeepsTheOthers()
    {
        foreach (var text in (string[])["A dog", "A dog", "A dog and", "A dog and a cat"]) _text.Update(text);
        Assert.Equal(["A dog", " and", " a cat"], _text.Pieces);
    }

    [Fact]
    public void Update_OtherText_StartsAnew()
    {
        _text.Update("A dog");
        _text.Update("A cat");
        Assert.Equal(["A cat"], _text.Pieces);
        _text.Update("");
        Assert.Equal("", string.Concat(_text.Pieces));
    }

    [Fact]
    public void Update_SplitSurrogatePair_StaysInOnePiece()
    {
        _text.Update("a\ud83d");
        _text.Update("a\ud83d\udc27!");
        _text.Update("a\ud83d\udc27! b");
        Assert.Equal(["a\ud83d\udc27!", " b"], _text.Pieces);
    }
}
