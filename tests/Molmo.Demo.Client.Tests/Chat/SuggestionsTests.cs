using Molmo.Demo.Client.Chat;

namespace Molmo.Demo.Client.Tests.Chat;

public class SuggestionsTests
{
    private static readonly Knowledge Tiny = new(true,
    [
        new("dog", "dogs"), new("fish", "fish"), new("red circle", "red circles"), new("cat", "cats"),
        new("tree", "trees"), new("heart", "hearts"), new("car", "cars"),
    ]);

    [Fact]
    public void Begin_PracticeCheckpoint_AsksForWhatItKnowsOnly()
    {
        var offered = Suggestions.Begin(Tiny, "photo", [], []);
        Assert.Equal(4, offered.Length);
        Assert.All(offered, one => Assert.True(Tiny.Knows(Assert.Single(AskedNouns.Of(one.Text))), one.Text));
        Assert.All(offered, one => Assert.Equal("en", one.Language));
        Assert.Equal(4, offered.SelectMany(one => AskedNouns.Of(one.Text)).Distinct().Count());
    }

    [Fact]
    public void Begin_WhatIsKnownToBeThere_ComesFirst()
    {
        var offered = Suggestions.Begin(Tiny, "photo", ["fish", "Dog", "unicorns"], []);
        Assert.Equal(["How many fish are there?", "Point to the dogs."], offered.Take(2).Select(one => one.Text));
        Assert.DoesNotContain(offered, one => one.Text.Contains("unicorn", StringComparison.Ordinal));
    }

    [Fact]
    public void Begin_AnotherPhoto_OffersOthersAndTheSameOnesAgain()
    {
        static string Of(string photo)
            => string.Join('|', Suggestions.Begin(Tiny, photo, [], []).Select(one => one.Text));
        Assert.Equal(Of("photo 1"), Of("photo 1"));
        Assert.NotEqual(1, Enumerable.Range(1, 5).Select(number => Of($"photo {number}")).Distinct().Count());
    }

    [Fact]
    public void Begin_RealWeights_BeginsWithWhatItShows()
    {
        var offered = Suggestions.Begin(null, "photo", [], []);
        Assert.Equal(("What does it show?", null), (offered[0].Text, offered[0].Language));
        Assert.InRange(offered.Length, 3, 4);
    }

    [Fact]
    public void Next_PracticeCheckpoint_AsksTheOtherWayAndThenForSomethingElse()
    {
        var offered = Suggestions.Next(Tiny, "photo", ["dogs"], ["How many dogs are there?"]);
        Assert.Equal(2, offered.Length);
        Assert.Equal("Point to the dogs.", offered[0].Text);
        Assert.DoesNotContain("dogs", offered[1].Text, StringComparison.Ordinal);
        Assert.True(Tiny.Knows(Assert.Single(AskedNouns.Of(offered[1].Text))));
    }

    [Theory]
    [InlineData("How many dogs are there?")]
    [InlineData(" how many dogs are there ")]
    [InlineData("Point to the dogs!")]
    public void Next_AskedBefore_IsNotOffered(string asked)
        => Assert.All(
            [Suggestions.Next(Tiny, "photo", ["dogs"], [asked]), Suggestions.Next(null, "photo", ["dogs"], [asked])],
            offered => Assert.DoesNotContain(offered, one => string.Equals(
                one.Text.TrimEnd('.', '?'), asked.Trim().TrimEnd('?', '!'), StringComparison.OrdinalIgnoreCase)));

    [Fact]
    public void Next_EverythingAsked_StillOffersWhatIsLeftOrNothing()
    {
        var all = Tiny.Things.SelectMany(
            thing => (string[])[$"How many {thing.Many} are there?", $"Point to the {thing.Many}."]);
        Assert.Empty(Suggestions.Next(Tiny, "photo", ["dogs"], all));
    }

    [Fact]
    public void Next_RealWeights_ComesFromTheAnswersNames()
    {
        var offered = Suggestions.Next(null, "photo", ["white cell", "the dog on the left"], ["How many cells?"]);
        Assert.Equal(
            [("How many white cells are there?", "en"), ("Point to the white cells.", "en")],
            offered.Select(one => (one.Text, one.Language)));
        Assert.Equal(
            ["What does it show?", "How many people are there?"],
            Suggestions.Next(null, "photo", ["<b>", "the dog"], []).Select(one => one.Text));
    }
}
