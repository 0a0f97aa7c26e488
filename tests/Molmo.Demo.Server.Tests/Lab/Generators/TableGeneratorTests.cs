using Molmo.Demo.Lab.Data.Generators;

namespace Molmo.Demo.Server.Tests.Lab.Generators;

public sealed partial class TableGeneratorTests
{
    [Fact]
    public void Read_Answers_FollowFromTheCells()
    {
        var source = new TableGenerator(41);
        var checkedSorts = new Dictionary<string, int>();
        for (var i = 0; i < 300; i++)
        {
            var table = source.Plan(i);
            foreach (var annotation in source.Read(i).Annotations)
            {
                if (Expected(table, annotation.Question) is not var (sort, answer)) continue;
                checkedSorts[sort] = checkedSorts.GetValueOrDefault(sort) + 1;
                Assert.True(answer == annotation.Answer, $"{i}: {annotation} {answer}");
            }
        }
        string[] sorts = ["cell", "greatest", "rows", "columns", "column sum", "sum", "words"];
        Assert.All(sorts, sort => Assert.True(checkedSorts.GetValueOrDefault(sort) > 2, sort));
    }

    private static (string Sort, string Answer)? Expected(TableData table, string question)
    {
        if (question.StartsWith("How many rows are there", StringComparison.Ordinal))
            return ("rows", $"{table.Names.Length}");
        if (question == "How many columns are there?") return ("columns", $"{table.Columns.Length + 1}");
        if (Cell().Match(question) is { Success: true } cell)
            return ("cell", Column(cell.Groups[1]).Cells[Row(cell.Groups[2])]);
        if (Greatest().Match(question) is { Success: true } greatest)
        {
            var values = Column(greatest.Groups[1]).Numbers!.Value;
            return ("greatest", table.Names[values.IndexOf(values.Max())]);
        }
        if (ColumnSum().Match(question) is { Success: true } whole)
            return ("column sum", Number(Column(whole.Groups[1]).Numbers!.Value.Sum()));
        if (Sum().Match(question) is { Success: true } sum)
        {
            var values = Column(sum.Groups[1]).Numbers!.Value;
            return ("sum", Number(values[Row(sum.Groups[2])] + values[Row(sum.Groups[3])]));
        }
        if (Words().Match(question) is { Success: true } words)
            return ("words", $"{Column(words.Groups[2]).Cells.Count(text => text == words.Groups[1].Value)}");
        return null;

        TableColumn Column(Group name) => table.Columns.Single(column => column.Name == name.Value);
        int Row(Group name) => table.Names.IndexOf(name.Value);
    }

    private static string Number(decimal value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^What is the value of (.+) for (.+)\?$")]
    private static partial Regex Cell();

    [GeneratedRegex(@"^Which .+ has the highest (.+)\?$")]
    private static partial Regex Greatest();

    [GeneratedRegex(@"^What is the sum of the column (.+)\?$")]
    private static partial Regex ColumnSum();

    [GeneratedRegex(@"^Add (.+) of (.+) and (.+)\.$")]
    private static partial Regex Sum();

    [GeneratedRegex(@"^How many rows have (.+) under (.+)\?$")]
    private static partial Regex Words();
}
