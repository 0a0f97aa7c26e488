namespace Molmo.Demo.Shared.Comparison;

/// <summary>
/// Pairs rows with columns so that the sum of costs is least (Hungarian method with potentials, cubic time).
/// </summary>
public static class MinimumCostAssignment
{
    /// <param name="costs">[rows, columns], finite.</param>
    /// <returns>For each row its column, -1 for none: as many pairs as the shorter side has.</returns>
    public static int[] Solve(double[,] costs)
    {
        var rows = costs.GetLength(0);
        var columns = costs.GetLength(1);
        if (rows <= columns) return SolveWide(rows, columns, (row, column) => costs[row, column]);

        var byColumn = SolveWide(columns, rows, (column, row) => costs[row, column]);
        var assigned = new int[rows];
        Array.Fill(assigned, -1);
        for (var column = 0; column < columns; column++) assigned[byColumn[column]] = column;
        return assigned;
    }

    /// <summary>Every row gets a column. Rows and columns count from 1 inside; 0 is the row being placed.</summary>
    private static int[] SolveWide(int rows, int columns, Func<int, int, double> cost)
    {
        var rowPotential = new double[rows + 1];
        var columnPotential = new double[columns + 1];
        var rowOf = new int[columns + 1];
        var previous = new int[columns + 1];
        for (var row = 1; row <= rows; row++)
        {
            var column = Extend(row);
            for (; column != 0; column = previous[column]) rowOf[column] = rowOf[previous[column]];
        }

        var assigned = new int[rows];
        for (var column = 1; column <= columns; column++)
            if (rowOf[column] != 0) assigned[rowOf[column] - 1] = column - 1;
        return assigned;

        // The shortest augmenting path from the row to a free column, which is returned; previous leads back along it.
        int Extend(int row)
        {
            var reach = new double[columns + 1];
            var isDone = new bool[columns + 1];
            Array.Fill(reach, double.PositiveInfinity);
            rowOf[0] = row;
            var current = 0;
            do
            {
                isDone[current] = true;
                var from = rowOf[current];
                var next = 0;
                var step = double.PositiveInfinity;
                for (var column = 1; column <= columns; column++)
                {
                    if (isDone[column]) continue;
                    var reduced = cost(from - 1, column - 1) - rowPotential[from] - columnPotential[column];
                    if (reduced < reach[column])
                    {
                        reach[column] = reduced;
                        previous[column] = current;
                    }
                    if (reach[column] < step)
                    {
                        step = reach[column];
                        next = column;
                    }
                }
                for (var column = 0; column <= columns; column++)
                {
                    if (isDone[column])
                    {
                        rowPotential[rowOf[column]] += step;
                        columnPotential[column] -= step;
                    }
                    else
                    {
                        reach[column] -= step;
                    }
                }
                current = next;
            }
            while (rowOf[current] != 0);
            return current;
        }
    }
}
