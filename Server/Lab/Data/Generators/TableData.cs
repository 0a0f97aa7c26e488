namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>A column of a table.</summary>
/// <param name="Name">Its heading.</param>
/// <param name="Cells">As they are written, one for each row.</param>
/// <param name="Numbers">The same as numbers; null for words.</param>
internal sealed record TableColumn(string Name, ImmutableArray<string> Cells, ImmutableArray<decimal>? Numbers);

/// <summary>A table before it is drawn.</summary>
/// <param name="Title">Null for none.</param>
/// <param name="Noun">What a row is, in the singular; also the heading of the names.</param>
/// <param name="Names">One for each row, all different.</param>
/// <param name="Columns">The others.</param>
internal sealed record TableData(
    string? Title, string Noun, ImmutableArray<string> Names, ImmutableArray<TableColumn> Columns)
{
    private static readonly string[] Colors = ["red", "blue", "green", "black", "white", "yellow"];

    private static readonly string[] Cities = ["Oslo", "Lima", "Cairo", "Delhi", "Paris", "Quito", "Seoul", "Bern"];

    private static readonly Topic[] Topics =
    [
        new("Stock", "Item", ["Pens", "Paper", "Tape", "Glue", "Clips", "Rulers", "Folders", "Stamps", "Chalk"],
            [Whole("In stock", 1, 99), Whole("Sold", 1, 80), Money("Price"), Words("Color", Colors)]),
        new("Results", "Player", ["Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gina", "Hal", "Ida"],
            [Whole("Games", 1, 20), Whole("Wins", 0, 19), Whole("Points", 5, 95), Words("City", Cities)]),
        new("Timetable", "Train", ["R1", "R2", "S3", "S5", "IC 7", "IC 9", "N12", "X20"],
            [Words("To", Cities), Label("Platform", 1, 12), Time("Departs"), Whole("Minutes", 12, 180)]),
        new("Staff", "Name", ["Kim", "Lee", "Marta", "Noor", "Omar", "Pia", "Quinn", "Rosa", "Sven"],
            [Whole("Age", 19, 64), Words("Role", ["Cook", "Clerk", "Guard", "Nurse", "Pilot", "Tutor"]),
                Whole("Years", 1, 30), Words("City", Cities)]),
        new("Menu", "Dish", ["Soup", "Salad", "Pasta", "Curry", "Pizza", "Stew", "Tacos", "Sushi"],
            [Money("Price"), Whole("Calories", 120, 950), Words("Spicy", ["yes", "no"])]),
        new("Planets", "Planet", ["Aro", "Belt", "Cyra", "Dunn", "Eos", "Fara", "Gyro", "Hexa"],
            [Whole("Moons", 0, 30), Tenths("Mass", 1, 90), Words("Type", ["rock", "gas", "ice"])]),
        new("Weather", "Day", ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
            [Whole("High °C", 12, 35), Whole("Low °C", 1, 11), Tenths("Rain mm", 0, 150),
                Words("Sky", ["clear", "cloudy", "foggy"])]),
        new("Library", "Book", ["Dune Sea", "Old Oak", "The Key", "North", "Blue Hour", "Ashes", "Tin Boat"],
            [Whole("Pages", 80, 900), Label("Year", 1950, 2024), Words("Shelf", ["A1", "A2", "B1", "B2", "C4"])]),
        new("Cars", "Model", ["Ant", "Bison", "Comet", "Dart", "Ember", "Flint", "Gale"],
            [Whole("Doors", 2, 5), Whole("Seats", 2, 9), Money("Per day"), Words("Color", Colors)]),
        new("Garden", "Plant", ["Rose", "Tulip", "Mint", "Basil", "Ivy", "Fern", "Lily", "Sage"],
            [Whole("Height cm", 5, 180), Whole("Pots", 1, 40), Words("Light", ["sun", "shade", "half"])]),
    ];

    /// <summary>Three to eight rows and one to four columns beside the names.</summary>
    public static TableData Create(Random random)
    {
        var topic = random.Pick(Topics);
        string[] names = [.. topic.Names];
        random.Shuffle(names);
        ColumnKind[] kinds = [.. topic.Columns];
        random.Shuffle(kinds);
        var rows = random.Next(3, Math.Min(8, names.Length) + 1);
        return new TableData(
            random.NextDouble() < 0.5 ? topic.Title : null, topic.Noun, [.. names[..rows]],
            [.. kinds[..random.Next(1, kinds.Length + 1)].Select(kind => kind.Create(random, rows))]);
    }

    private static ColumnKind Whole(string name, int least, int most) => new(name, IsNumber: true,
        random => random.Next(least, most + 1), Wording.Number);

    // Numbers that nobody adds up or compares.
    private static ColumnKind Label(string name, int least, int most)
        => Whole(name, least, most) with { IsNumber = false };

    private static ColumnKind Tenths(string name, int least, int most) => new(name, IsNumber: true,
        random => random.Next(least, most + 1) / 10m, value => value.ToString("F1", CultureInfo.InvariantCulture));

    private static ColumnKind Money(string name) => new(name, IsNumber: true,
        random => random.Next(10, 400) * 0.05m, value => $"${value.ToString("F2", CultureInfo.InvariantCulture)}");

    private static ColumnKind Words(string name, string[] words) => new(name, IsNumber: false,
        random => random.Next(words.Length), value => words[(int)value]);

    private static ColumnKind Time(string name) => new(name, IsNumber: false, random => random.Next(6 * 12, 23 * 12),
        value => string.Create(CultureInfo.InvariantCulture, $"{(int)value / 12:00}:{(int)value % 12 * 5:00}"));

    private sealed record Topic(string Title, string Noun, string[] Names, ColumnKind[] Columns);

    /// <summary>How the cells of a column are made.</summary>
    private sealed record ColumnKind(
        string Name, bool IsNumber, Func<Random, decimal> Next, Func<decimal, string> Write)
    {
        public TableColumn Create(Random random, int rows)
        {
            ImmutableArray<decimal> values = [.. Enumerable.Range(0, rows).Select(_ => Next(random))];
            return new TableColumn(Name, [.. values.Select(Write)], IsNumber ? values : null);
        }
    }
}
