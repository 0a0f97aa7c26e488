namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Words and facts for questions without a picture.</summary>
internal static class Vocabulary
{
    public static IReadOnlyList<string> Words { get; } =
    [
        "apple", "bridge", "candle", "door", "engine", "flower", "garden", "hammer", "island", "jacket", "kitten",
        "lemon", "mirror", "needle", "orange", "pencil", "queen", "river", "school", "table", "umbrella", "violin",
        "window", "yellow", "zebra", "bread", "chair", "dragon", "eagle", "forest", "glass", "house", "insect",
        "jungle", "knife", "ladder", "mouse", "night", "ocean", "paper", "rabbit", "spoon", "train", "uncle", "voice",
    ];

    public static IReadOnlyList<(string, string)> Opposites { get; } =
    [
        ("hot", "cold"), ("big", "small"), ("up", "down"), ("day", "night"), ("open", "closed"), ("fast", "slow"),
        ("wet", "dry"), ("full", "empty"), ("old", "new"), ("light", "dark"), ("near", "far"), ("hard", "soft"),
        ("left", "right"), ("early", "late"), ("loud", "quiet"), ("rich", "poor"), ("strong", "weak"),
        ("thick", "thin"), ("first", "last"), ("happy", "sad"), ("inside", "outside"), ("above", "below"),
        ("deep", "shallow"), ("wide", "narrow"), ("true", "false"), ("clean", "dirty"),
    ];

    public static IReadOnlyList<(string Thing, string Color)> Colors { get; } =
    [
        ("snow", "white"), ("grass", "green"), ("coal", "black"), ("a ripe banana", "yellow"), ("a ripe tomato", "red"),
        ("a clear sky at noon", "blue"), ("milk", "white"), ("blood", "red"), ("a carrot", "orange"),
        ("a lemon", "yellow"), ("chocolate", "brown"), ("a frog", "green"), ("an elephant", "gray"),
        ("a flamingo", "pink"), ("a crow", "black"), ("a pumpkin", "orange"), ("spinach", "green"), ("salt", "white"),
        ("an eggplant", "purple"), ("the yolk of an egg", "yellow"),
    ];

    public static IReadOnlyList<(string One, string Many)> Plurals { get; } =
    [
        ("mouse", "mice"), ("child", "children"), ("foot", "feet"), ("tooth", "teeth"), ("leaf", "leaves"),
        ("knife", "knives"), ("box", "boxes"), ("city", "cities"), ("dog", "dogs"), ("man", "men"),
        ("woman", "women"), ("goose", "geese"), ("baby", "babies"), ("bus", "buses"), ("wolf", "wolves"),
        ("person", "people"), ("cherry", "cherries"), ("house", "houses"), ("shelf", "shelves"), ("watch", "watches"),
    ];

    public static string[] Days { get; } =
        ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    public static string[] Months { get; } =
    [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ];

    public static string[] Seasons { get; } = ["spring", "summer", "autumn", "winter"];

    /// <summary>A thing, the beginning of a question about it, and the answer.</summary>
    public static IReadOnlyList<(string Name, string Fact, string Value)> Facts { get; } =
    [
        ("a spider", "How many legs has", "Eight"), ("an ant", "How many legs has", "Six"),
        ("a dog", "How many legs has", "Four"), ("a bird", "How many legs has", "Two"),
        ("a snake", "How many legs has", "None"), ("a triangle", "How many sides has", "Three"),
        ("a square", "How many sides has", "Four"), ("a hexagon", "How many sides has", "Six"),
        ("a week", "How many days has", "Seven"), ("a year", "How many months has", "Twelve"),
        ("an hour", "How many minutes has", "Sixty"), ("a minute", "How many seconds has", "Sixty"),
        ("a day", "How many hours has", "Twenty-four"), ("a dozen", "How many are", "Twelve"),
        ("a pair", "How many are", "Two"), ("a cow", "What do you call the young of", "A calf"),
        ("a cat", "What do you call the young of", "A kitten"), ("a dog", "What do you call the young of", "A puppy"),
        ("a sheep", "What do you call the young of", "A lamb"), ("a horse", "What do you call the young of", "A foal"),
        ("a car", "How many wheels has", "Four"), ("a bicycle", "How many wheels has", "Two"),
        ("a hand", "How many fingers has", "Five, with the thumb"), ("a cube", "How many faces has", "Six"),
    ];

    public static IReadOnlyList<string> Greetings { get; } =
    [
        "Hello! Show me a picture and ask me about it.", "Hi! What would you like to know?",
        "Hello! I look at pictures, count things in them and point at them.",
        "Hi there! Add a picture, or just ask.", "Good to see you! What shall we look at?",
        "Hello! I am Molmo, a model that answers questions about pictures.",
    ];

    public static IReadOnlyList<string> Abilities { get; } =
    [
        "I can count and point. Give me a picture and ask, for example, how many cups are on the table.",
        "I answer questions about pictures: what is in them, how many there are and where. I point at what I mean.",
        "Show me a picture. I can describe it, count things in it, point at them, and read charts, tables and clocks.",
        "You can ask me to describe a picture, to count what is in it or to point at something.",
        "I look at a picture and tell you what I see. Ask me to point at something and I mark the place.",
        "I can describe pictures, read the time from a clock, find things and count them by pointing at each.",
    ];
}
