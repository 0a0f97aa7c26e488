namespace Molmo.Demo.Shared.Tests.Chat;

public class AskedNounsTests
{
    private static readonly Knowledge Tiny = new(true,
    [
        new("dog", "dogs"), new("fish", "fish"), new("red circle", "red circles"),
        new("yellow circle", "yellow circles"),
        new("strawberry", "strawberries"), new("football", "footballs", ["soccer ball", "soccer balls"]),
    ]);

    [Theory]
    [InlineData("How many dogs are there?", "dogs")]
    [InlineData("how many DOGS are there", "DOGS")]
    [InlineData("How many red blood cells are there?", "red blood cells")]
    [InlineData("How many yellow circles do you see in this picture?", "yellow circles")]
    [InlineData("How many people wearing hats are there?", "people")]
    [InlineData("How many chairs?", "chairs")]
    [InlineData("How many of the chairs are red?", "chairs")]
    [InlineData("How many cups of tea are on the table?", "cups of tea")]
    [InlineData("How many dogs and cats are there?", "dogs|cats")]
    [InlineData("How many dogs, cats, and red cars can you see?", "dogs|cats|red cars")]
    [InlineData("Count the dogs and point to the chairs.", "dogs|chairs")]
    [InlineData("How many dogs are there, and how many cats?", "dogs|cats")]
    [InlineData("Point to the fish.", "fish")]
    [InlineData("Please point at all of the windows on the left", "windows")]
    [InlineData("Point to the dogs and the fish.", "dogs|fish")]
    [InlineData("Count the T-shirts", "T-shirts")]
    [InlineData("Count all “green leaves”!", "green leaves")]
    [InlineData("What is the number of trees in the park?", "trees")]
    [InlineData("Where is the dog?", "dog")]
    [InlineData("Where are the car's wheels?", "car's wheels")]
    [InlineData("Are there any chairs?", "chairs")]
    [InlineData("Is there a chair in the room?", "chair")]
    [InlineData("Find every button.", "button")]
    [InlineData("How many dogs, exactly, are there?", "dogs")]
    [InlineData("How many dogs dogs? How many Dogs?", "dogs dogs|Dogs")]
    public void Of_CountingOrPointing_GivesTheNames(string question, string nouns)
        => Assert.Equal(nouns.Split('|'), AskedNouns.Of(question));

    [Theory]
    [InlineData("")]
    [InlineData("   ?")]
    [InlineData("What does it show?")]
    [InlineData("Describe the picture.")]
    [InlineData("How many are there?")]
    [InlineData("How many")]
    [InlineData("Point to it.")]
    [InlineData("Count them again, please.")]
    [InlineData("Count to ten.")]
    [InlineData("How many things are there?")]
    [InlineData("How many objects do you see?")]
    [InlineData("Point to everything.")]
    [InlineData("Where is it?")]
    [InlineData("What colour is the dog?")]
    [InlineData("Wie viele Hunde sind da?")]
    [InlineData("كم عدد الكلاب؟")]
    [InlineData("Discount the dogs' account.")]
    public void Of_NoNameThatIsUnderstood_GivesNone(string question) => Assert.Empty(AskedNouns.Of(question));

    [Theory]
    [InlineData("How many dogs are there?")]
    [InlineData("HOW MANY DOGS ARE THERE?")]
    [InlineData("Point to the Dog.")]
    [InlineData("How many brown dogs are there?")]
    [InlineData("How many small red circles are there?")]
    [InlineData("How many red-circles are there?")]
    [InlineData("Count the strawberries and the ripe strawberry")]
    [InlineData("How many dogs playing are there?")]
    [InlineData("How many soccer balls are there?")]
    [InlineData("How many dogs with three legs are there?")]
    [InlineData("Count the fish, the dogs and the footballs, please.")]
    public void Knows_AThingInAnyFormWithWordsBefore_IsTrue(string question)
    {
        var asked = AskedNouns.Of(question);
        Assert.NotEmpty(asked);
        Assert.All(asked, noun => Assert.True(Tiny.Knows(noun), noun));
    }

    [Theory]
    [InlineData("How many red blood cells are there?")]
    [InlineData("How many chairs are there?")]
    [InlineData("How many circles are there?")]
    [InlineData("How many purple circles are there?")]
    [InlineData("How many catfish are there?")]
    [InlineData("How many dog houses are there?")]
    [InlineData("Point to the hotdogs.")]
    public void Knows_AnotherThing_IsFalse(string question)
        => Assert.False(Tiny.Knows(Assert.Single(AskedNouns.Of(question))));

    [Fact]
    public void Find_ByAnyName_GivesTheThing()
    {
        Assert.Equal("dogs", Tiny.Find("Dog")!.Many);
        Assert.Equal("footballs", Tiny.Find("soccer balls")!.Many);
        Assert.Null(Tiny.Find("small dogs"));
    }

    [Fuzz(500)]
    public void Of_AnyText_EndsAndGivesPiecesOfIt(string question)
        => Assert.All(AskedNouns.Of(question), noun => Assert.All(
            noun.Split(' '), word => Assert.Contains(word, question, StringComparison.Ordinal)));
}
