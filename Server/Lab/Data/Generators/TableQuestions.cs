namespace Molmo.Demo.Lab.Data.Generators;

/// <summary>Questions about a table with short answers out of its cells.</summary>
internal sealed class TableQuestions
{
    private readonly TableData _table;
    private readonly Random _random;
    private readonly string _noun;

    private TableQuestions(TableData table, Random random)
        => (_table, _random, _noun) = (table, random, table.Noun.ToLowerInvariant());

    /// <inheritdoc cref="ChartQuestions.Ask"/>
    public static IReadOnlyList<(string Question, string Answer)> Ask(TableData table, Random random, int count)
    {
        var asked = new TableQuestions(table, random);
        Func<(string, string)?>[] sorts =
        [
            asked.Cell, asked.Cell, asked.Cell, asked.Greatest, asked.Least, asked.RowCount, asked.ColumnCount,
            asked.Sum, asked.NameOf, asked.CountOf, asked.Comparison, asked.Place,
        ];
        random.Shuffle(sorts);
        return
        [
            .. sorts.Select(ask => ask()).OfType<(string Question, string Answer)>()
                .DistinctBy(pair => pair.Question).Take(count),
        ];
    }

    private (string, string)? Cell()
    {
        var (row, column) = (PickRow(), _random.Pick(_table.Columns));
        var name = _table.Names[row];
        return (Pick(
            $"What is the value of {column.Name} for {name}?", $"What stands under {column.Name} in the row {name}?",
            $"What is listed as {column.Name} for {name}?", $"{name}: {column.Name}?",
            $"Look up {column.Name} of {name}."), column.Cells[row]);
    }

    private (string, string)? Greatest() => End(values => values.Max(), column => Pick(
        $"Which {_noun} has the highest {column}?", $"Which {_noun} has the largest value of {column}?",
        $"In which row is {column} the greatest?"));

    private (string, string)? Least() => End(values => values.Min(), column => Pick(
        $"Which {_noun} has the lowest {column}?", $"Which {_noun} has the smallest value of {column}?",
        $"In which row is {column} the least?"));

    /// <summary>Asks for the row of an end of a column; null where two rows share it.</summary>
    private (string, string)? End(Func<ImmutableArray<decimal>, decimal> pick, Func<string, string> ask)
    {
        if (PickNumbers() is not var (column, values)) return null;
        var end = pick(values);
        return values.Count(value => value == end) == 1 ? (ask(column.Name), _table.Names[values.IndexOf(end)]) : null;
    }

    private (string, string)? RowCount() => (Pick(
        "How many rows are there below the heading?", $"How many entries has the table, without its heading?",
        $"How many rows of data does the table have?"), $"{_table.Names.Length}");

    private (string, string)? ColumnCount() => (Pick(
        "How many columns does the table have?", "How many columns are there?", "Count the columns."),
        $"{_table.Columns.Length + 1}");

    private (string, string)? Sum()
    {
        if (PickNumbers() is not var (column, values)) return null;
        if (values.Length <= 4 && _random.NextDouble() < 0.5)
            return (Pick(
                $"What is the sum of the column {column.Name}?", $"What do all values of {column.Name} add up to?"),
                Wording.Number(values.Sum()));
        var a = PickRow();
        var b = (a + _random.Next(1, values.Length)) % values.Length;
        var (first, second) = (_table.Names[a], _table.Names[b]);
        return _random.NextDouble() < 0.5
            ? (Pick(
                $"What is {column.Name} of {first} and {second} together?",
                $"Add {column.Name} of {first} and {second}."), Wording.Number(values[a] + values[b]))
            : ($"What is the difference in {column.Name} between {first} and {second}?",
                Wording.Number(Math.Abs(values[a] - values[b])));
    }

    /// <summary>Which row has what no other has.</summary>
    private (string, string)? NameOf()
    {
        var (row, column) = (PickRow(), _random.Pick(_table.Columns));
        var cell = column.Cells[row];
        return column.Cells.Count(other => other == cell) > 1 ? null : (Pick(
            $"Which {_noun} has {cell} under {column.Name}?", $"Whose {column.Name} is {cell}?",
            $"In which row is {column.Name} {cell}?"), _table.Names[row]);
    }

    private (string, string)? CountOf()
    {
        if (_table.Columns.Where(column => column.Numbers is null).ToArray() is not { Length: > 0 } words) return null;
        var column = _random.Pick(words);
        var cell = _random.Pick(column.Cells);
        return (Pick(
            $"How many rows have {cell} under {column.Name}?", $"How often does {cell} stand under {column.Name}?"),
            $"{column.Cells.Count(other => other == cell)}");
    }

    private (string, string)? Comparison()
    {
        if (PickNumbers() is not var (column, values)) return null;
        var (a, b) = (PickRow(), PickRow());
        if (values[a] == values[b]) return null;
        var (first, second) = (_table.Names[a], _table.Names[b]);
        return (Pick(
            $"Is {column.Name} of {first} higher than that of {second}?",
            $"Has {first} more under {column.Name} than {second}?"), values[a] > values[b] ? "Yes" : "No");
    }

    private (string, string)? Place()
    {
        var row = PickRow();
        return row == 0 ? ($"Which {_noun} stands in the first row?", _table.Names[0])
            : row == _table.Names.Length - 1 ? ($"Which {_noun} stands in the last row?", _table.Names[row])
            : (Pick(
                $"Which {_noun} stands right below {_table.Names[row - 1]}?",
                $"What comes in the row after {_table.Names[row - 1]}?"), _table.Names[row]);
    }

    private (TableColumn Column, ImmutableArray<decimal> Values)? PickNumbers()
        => _table.Columns.Where(column => column.Numbers is not null).ToArray() is { Length: > 0 } columns
            && _random.Pick(columns) is var column ? (column, column.Numbers!.Value) : null;

    private int PickRow() => _random.Next(_table.Names.Length);

    private string Pick(params string[] wordings) => _random.Pick(wordings);
}
