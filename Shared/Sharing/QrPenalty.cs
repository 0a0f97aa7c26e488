namespace Molmo.Demo.Shared.Sharing;

/// <summary>How badly a camera would read a code: the standard's four rules, by which one of the eight masks is chosen.</summary>
internal static class QrPenalty
{
    private const int LongRun = 5;
    private const int Run = 3;
    private const int Block = 3;
    private const int FinderLike = 40;
    private const int Balance = 10;

    // Dark, light and lengths of a finder pattern with its light zone on one side.
    private static readonly bool[] Finder = [true, false, true, true, true, false, true, false, false, false, false];

    public static int Of(QrCode code)
    {
        var penalty = 0;
        var dark = 0;
        for (var i = 0; i < code.Size; i++)
        {
            penalty += Line(code.Size, j => code[i, j]) + Line(code.Size, j => code[j, i]);
            for (var j = 0; j < code.Size; j++)
            {
                if (code[i, j]) dark++;
                if (i + 1 < code.Size && j + 1 < code.Size && code[i, j] == code[i + 1, j] && code[i, j] == code[i, j + 1] && code[i, j] == code[i + 1, j + 1]) penalty += Block;
            }
        }
        // Each full 5 % away from half.
        var total = code.Size * code.Size;
        return penalty + (Math.Abs((dark * 20) - (total * 10)) / total * Balance);
    }

    private static int Line(int size, Func<int, bool> at)
    {
        var penalty = 0;
        for (int start = 0, end; start < size; start = end)
        {
            for (end = start + 1; end < size && at(end) == at(start);) end++;
            if (end - start >= LongRun) penalty += Run + end - start - LongRun;
        }
        for (var start = 0; start + Finder.Length <= size; start++)
        {
            if (Matches(i => at(start + i)) || Matches(i => at(start + Finder.Length - 1 - i))) penalty += FinderLike;
        }
        return penalty;
    }

    private static bool Matches(Func<int, bool> at)
    {
        for (var i = 0; i < Finder.Length; i++)
            if (at(i) != Finder[i]) return false;
        return true;
    }
}
