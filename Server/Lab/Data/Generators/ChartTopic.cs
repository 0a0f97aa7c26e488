namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>What a chart is about.</summary>
/// <param name="Measure">What the values say, such as <c>sales</c>.</param>
/// <param name="Unit">Of the values, as it stands on the axis; empty for plain numbers.</param>
/// <param name="Noun">What a category is, in the singular.</param>
/// <param name="Categories">To choose from; in their order where they are times.</param>
/// <param name="Series">Names of rows of values; to choose from.</param>
internal sealed record ChartTopic(string Measure, string Unit, string Noun, string[] Categories, string[] Series)
{
    /// <summary>Whether the categories follow each other in time, so that a line may join them.</summary>
    public bool IsInTime { get; init; }

    /// <summary>Whether the values are parts of a whole.</summary>
    public bool IsShare { get; init; }

    /// <summary>Greatest distance between lines of the grid that is likely.</summary>
    public decimal MostStep { get; init; } = 500;

    /// <summary>Whether there is no half of what is counted.</summary>
    public bool IsWhole => Unit.Length == 0;

    private static readonly string[] Days =
        ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    private static readonly string[] Months =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

    private static readonly string[] Years = [.. Enumerable.Range(2008, 17).Select(year => $"{year}")];

    public static IReadOnlyList<ChartTopic> All { get; } =
    [
        new("amount of fruit", "kg", "fruit", ["Apples", "Pears", "Plums", "Cherries", "Figs", "Melons", "Kiwis"],
            ["Market", "Shop", "Farm"]) { IsShare = true },
        new("rainfall", "mm", "month", Months, ["North", "South", "Coast"]) { IsInTime = true },
        new("number of visitors", "", "day", Days, ["Museum", "Zoo", "Library"]) { IsInTime = true },
        new("revenue", "$", "year", Years, ["Books", "Games", "Toys"]) { IsInTime = true },
        new("number of students", "", "year", Years, ["Girls", "Boys", "Guests"]) { IsInTime = true },
        new("temperature", "°C", "month", Months, ["Lake", "Valley", "Peak"]) { IsInTime = true, MostStep = 5 },
        new("population", "thousand", "town", ["Arden", "Brook", "Colby", "Dale", "Elmton", "Fairly", "Gorse", "Hill"],
            ["1990", "2005", "2020"]),
        new("number of votes", "", "animal", ["Cats", "Dogs", "Birds", "Fish", "Horses", "Rabbits", "Turtles"],
            ["Children", "Adults", "Elders"]) { IsShare = true },
        new("use of energy", "kWh", "room", ["Kitchen", "Bath", "Hall", "Office", "Bedroom", "Cellar", "Attic"],
            ["Summer", "Winter", "Spring"]) { IsShare = true },
        new("number of trips", "", "vehicle", ["Bus", "Train", "Car", "Bicycle", "Tram", "Ferry", "On foot"],
            ["Weekday", "Weekend", "Holiday"]) { IsShare = true },
        new("score", "points", "team", ["Foxes", "Bears", "Owls", "Wolves", "Hawks", "Otters", "Lynxes"],
            ["Round 1", "Round 2", "Final"]) { MostStep = 20 },
        new("price", "€", "drink", ["Tea", "Coffee", "Juice", "Milk", "Cocoa", "Lemonade", "Water"],
            ["Café", "Kiosk", "Hotel"]) { MostStep = 2 },
        new("height", "m", "tree", ["Oak", "Birch", "Pine", "Maple", "Willow", "Spruce", "Elm"],
            ["Park", "Forest", "Garden"]) { MostStep = 5 },
        new("length of sleep", "h", "person", ["Anna", "Ben", "Clara", "David", "Ella", "Finn", "Grace", "Hugo"],
            ["Week 1", "Week 2", "Week 3"]) { MostStep = 2 },
        new("energy content", "kcal", "meal", ["Soup", "Salad", "Pasta", "Pizza", "Rice", "Stew", "Toast"],
            ["Small", "Medium", "Large"]),
        new("number of books", "", "class", ["1A", "1B", "2A", "2B", "3A", "3B", "4A"], ["Autumn", "Winter", "Spring"])
            { MostStep = 10 },
        new("budget", "$", "department", ["Sales", "Design", "Support", "Research", "Legal", "Finance", "Travel"],
            ["Planned", "Spent", "Left over"]) { IsShare = true },
        new("time spent", "min", "task", ["Cooking", "Reading", "Sport", "Games", "Music", "Cleaning", "Garden"],
            ["Mother", "Father", "Child"]) { IsShare = true },
        new("harvest", "t", "crop", ["Wheat", "Barley", "Oats", "Rye", "Maize", "Beans", "Hops"],
            ["East field", "West field", "Hill"]) { IsShare = true },
        new("number of downloads", "", "app", ["Notes", "Maps", "Radio", "Camera", "Weather", "Chess", "Mail"],
            ["Phone", "Tablet", "Laptop"]),
    ];
}
