using Molmo.Demo.Client.Keys;

namespace Molmo.Demo.Client.Tests.Keys;

public class KeyTableTests
{
    [Fact]
    public void Keys_InOnePlace_MeanOneThing()
    {
        Assert.All(KeyTable.Groups.GroupBy(group => group.Place), place =>
        {
            var chords = place.SelectMany(group => group.Keys)
                .SelectMany(key => key.Chords).Select(chord => string.Join('+', chord)).ToList();
            Assert.Equal(chords.Distinct(), chords);
        });
        var ids = KeyTable.Groups.SelectMany(group => group.Keys).Select(key => key.Id).ToList();
        Assert.Equal(ids.Distinct(), ids);
    }

    [Fact]
    public void Keys_LeaveReloadToTheBrowser()
        => Assert.DoesNotContain(KeyTable.Groups.SelectMany(group => group.Keys).SelectMany(key => key.Chords),
            chord => chord is ["Ctrl", "R" or "T" or "N" or "W"]);
}
