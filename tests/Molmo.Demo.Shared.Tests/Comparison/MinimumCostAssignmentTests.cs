using FsCheck;
using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Shared.Tests.Comparison;

public sealed class MinimumCostAssignmentTests
{
    [Fact]
    public void Solve_GreedyChoiceIsWorse_TakesTheCheapestWhole()
    {
        // The cheapest single pair (0, 0) forces the dearest: 1 + 100 against 2 + 3.
        Assert.Equal([1, 0], MinimumCostAssignment.Solve(new double[,] { { 1, 2 }, { 3, 100 } }));
    }

    [Fuzz(400)]
    public void Solve_AnyCosts_EqualsTryingAll(byte high, byte wide, NonEmptyArray<byte> values, bool hasTies)
    {
        var (rows, columns) = (1 + (high % 6), 1 + (wide % 7));
        var costs = new double[rows, columns];
        // Whole numbers from a small range bring ties.
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < columns; j++)
                costs[i, j] = values.Get[((i * columns) + j) % values.Get.Length] % (hasTies ? 4 : 256);
        var assigned = MinimumCostAssignment.Solve(costs);
        int[] used = [.. assigned.Where(j => j >= 0)];
        Assert.Equal(rows, assigned.Length);
        Assert.Equal(Math.Min(rows, columns), used.Length);
        Assert.Equal(used.Length, used.Distinct().Count());
        Assert.Equal(Cheapest(costs), assigned.Select((j, i) => j < 0 ? 0 : costs[i, j]).Sum());
    }

    private static double Cheapest(double[,] costs)
    {
        var rows = costs.GetLength(0);
        var columns = costs.GetLength(1);
        return Try(0, 0, Math.Max(0, rows - columns));

        double Try(int row, int used, int mayStayAlone)
        {
            if (row == rows) return 0;
            var best = mayStayAlone > 0 ? Try(row + 1, used, mayStayAlone - 1) : double.PositiveInfinity;
            for (var column = 0; column < columns; column++)
                if ((used & (1 << column)) == 0)
                    best = Math.Min(best, costs[row, column] + Try(row + 1, used | (1 << column), mayStayAlone));
            return best;
        }
    }
}
