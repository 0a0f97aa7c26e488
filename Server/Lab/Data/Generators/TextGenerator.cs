namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Small talk and small tasks without a picture.</summary>
internal sealed class TextGenerator(long seed) : IExampleSource
{
    private static readonly Func<Random, (string, string)>[] Sorts =
    [
        Sum, Sum, Difference, Product, Greater, NextNumber, Spelling, LetterCount, FirstLetter, Opposite, ColorOf,
        PluralOf, Calendar, Animal, OrderOf, Greeting, Identity, Thanks, Ability, Ability, NoPicture,
    ];

    public long Count => Generators.Count;

    public Example Read(long index)
    {
        var random = SampleRandom.For(seed, "text", index);
        var (question, answer) = random.Pick(Sorts)(random);
        return new Example(null, [new Annotation(Styles.UserQuestion, question, answer)]);
    }

    private static (string, string) Sum(Random random)
    {
        var (a, b) = (random.Next(0, 50), random.Next(0, 50));
        return (random.Pick(
            [$"What is {a} + {b}?", $"What is {a} plus {b}?", $"Add {a} and {b}.", $"{a}+{b}",
                $"How much is {a} and {b} together?"]),
            random.Pick([$"{a + b}", $"{a} + {b} = {a + b}.", $"The sum of {a} and {b} is {a + b}."]));
    }

    private static (string, string) Difference(Random random)
    {
        var a = random.Next(1, 60);
        var b = random.Next(0, a + 1);
        return (random.Pick(
            [$"What is {a} - {b}?", $"What is {a} minus {b}?", $"Take {b} away from {a}.", $"Subtract {b} from {a}."]),
            random.Pick([$"{a - b}", $"{a} - {b} = {a - b}.", $"The difference is {a - b}."]));
    }

    private static (string, string) Product(Random random)
    {
        var (a, b) = (random.Next(0, 13), random.Next(0, 13));
        return (random.Pick([$"What is {a} times {b}?", $"Multiply {a} by {b}.", $"{a} x {b} = ?"]),
            random.Pick([$"{a * b}", $"{a} times {b} is {a * b}."]));
    }

    private static (string, string) Greater(Random random)
    {
        var a = random.Next(1, 100);
        var b = (a + random.Next(1, 99)) % 100;
        return (random.Pick([$"Which is greater, {a} or {b}?", $"Which number is larger: {a} or {b}?"]),
            random.Pick([$"{Math.Max(a, b)}", $"{Math.Max(a, b)} is greater than {Math.Min(a, b)}."]));
    }

    private static (string, string) NextNumber(Random random)
    {
        var (start, step) = (random.Next(1, 20), random.Next(1, 8));
        int[] row = [.. Enumerable.Range(0, 4).Select(i => start + (i * step))];
        var next = start + (4 * step);
        return ($"Which number comes next: {string.Join(", ", row)}?",
            random.Pick([$"{next}", $"Each number is {step} more, so the next is {next}."]));
    }

    private static (string, string) Spelling(Random random)
    {
        var word = random.Pick(Vocabulary.Words);
        return (random.Pick(
            [$"How do you spell {word}?", $"Spell the word {word}.", $"Spell {word} letter by letter."]),
            $"{string.Join('-', word.ToUpperInvariant().ToCharArray())}");
    }

    private static (string, string) LetterCount(Random random)
    {
        var word = random.Pick(Vocabulary.Words);
        return (random.Pick([$"How many letters has the word {word}?", $"How many letters are in {word}?"]),
            random.Pick([$"{word.Length}", $"The word {word} has {word.Length} letters."]));
    }

    private static (string, string) FirstLetter(Random random)
    {
        var word = random.Pick(Vocabulary.Words);
        return random.NextDouble() < 0.5
            ? ($"What is the first letter of {word}?", $"{char.ToUpperInvariant(word[0])}")
            : ($"What is the last letter of {word}?", $"{char.ToUpperInvariant(word[^1])}");
    }

    private static (string, string) Opposite(Random random)
    {
        var (a, b) = random.Pick(Vocabulary.Opposites);
        if (random.NextDouble() < 0.5) (a, b) = (b, a);
        return (random.Pick([$"What is the opposite of {a}?", $"Name the opposite of {a}.", $"Opposite of {a}?"]),
            random.Pick([Wording.Capital(b), $"The opposite of {a} is {b}."]));
    }

    private static (string, string) ColorOf(Random random)
    {
        var (thing, color) = random.Pick(Vocabulary.Colors);
        return (random.Pick([$"What color is {thing}?", $"Which color has {thing}?"]),
            random.Pick([Wording.Capital(color), $"{Wording.Capital(thing)} is {color}."]));
    }

    private static (string, string) PluralOf(Random random)
    {
        var (one, many) = random.Pick(Vocabulary.Plurals);
        return random.NextDouble() < 0.6
            ? (random.Pick([$"What is the plural of {one}?", $"One {one}, two ...?"]), Wording.Capital(many))
            : ($"What is the singular of {many}?", Wording.Capital(one));
    }

    private static (string, string) Calendar(Random random)
    {
        var row = random.Pick([Vocabulary.Days, Vocabulary.Months, Vocabulary.Seasons]);
        var i = random.Next(row.Length);
        var next = row[(i + 1) % row.Length];
        return random.NextDouble() < 0.6
            ? ($"What comes after {row[i]}?", random.Pick([next, $"After {row[i]} comes {next}."]))
            : ($"What comes before {next}?", random.Pick([row[i], $"Before {next} comes {row[i]}."]));
    }

    private static (string, string) Animal(Random random)
    {
        var (name, fact, value) = random.Pick(Vocabulary.Facts);
        return ($"{fact} {name}?", value);
    }

    private static (string, string) OrderOf(Random random)
    {
        string[] words = [.. Vocabulary.Words];
        random.Shuffle(words);
        var asked = words[..random.Next(3, 5)];
        return ($"Put in the order of the alphabet: {string.Join(", ", asked)}.",
            $"{string.Join(", ", asked.Order(StringComparer.Ordinal))}");
    }

    private static (string, string) Greeting(Random random) => (
        random.Pick(["Hello!", "Hi", "Hi there!", "Good morning!", "Good evening", "hey", "Hey you"]),
        random.Pick(Vocabulary.Greetings));

    private static (string, string) Identity(Random random) => (
        random.Pick(["Who are you?", "What are you?", "What is your name?", "Hello, who are you?", "Are you a robot?"]),
        random.Pick(
            ["I am Molmo, a model that answers questions about pictures.",
                "My name is Molmo. I am a program that looks at pictures and answers questions.",
                "I am Molmo, a computer program. Show me a picture and ask me about it."]));

    private static (string, string) Thanks(Random random) => (
        random.Pick(["Thank you!", "Thanks", "Thanks a lot!", "That helped, thank you.", "Great, thanks!", "Bravo!"]),
        random.Pick(["You are welcome!", "Gladly. Ask again whenever you like.", "Happy to help!", "My pleasure."]));

    private static (string, string) Ability(Random random) => (
        random.Pick(
            ["What can you do?", "How can you help me?", "What are you good at?", "What should I ask you?", "help",
                "What can I do here?", "What do you do with a picture?", "Tell me what you can do."]),
        random.Pick(Vocabulary.Abilities));

    private static (string, string) NoPicture(Random random) => (
        random.Pick(
            ["What is in the picture?", "Describe the picture.", "How many people are in this photo?",
                "Point to the dog.", "What do you see?", "What color is the car in the photo?"]),
        random.Pick(
            ["I see no picture. Please add one, then I can look at it.",
                "There is no picture yet. Send me one and ask again.",
                "I cannot see a picture here. Could you add it?"]));
}
