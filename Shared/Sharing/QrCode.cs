using System.Text;

namespace Molmo.Demo.Shared.Sharing;

/// <summary>
/// A QR code of ISO/IEC 18004: text as bytes, error correction level M, versions 1 to 10, which is 213 bytes at most. Level M
/// survives about 15 % of damage; larger codes are hard to read from a screen across a room.
/// </summary>
public sealed class QrCode
{
    /// <summary>Bytes that fit into the largest version.</summary>
    public const int MaxBytes = 213;

    private const int FormatLevelM = 0b00;

    private static readonly int[][] AlignmentCentres =
        [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]];

    private readonly bool[,] _modules;
    private readonly bool[,] _isFunction;

    private QrCode(int version)
    {
        Version = version;
        Size = 17 + (4 * version);
        _modules = new bool[Size, Size];
        _isFunction = new bool[Size, Size];
    }

    /// <summary>1 to 10.</summary>
    public int Version { get; }

    /// <summary>Modules a side, without the quiet zone of four around it.</summary>
    public int Size { get; }

    /// <summary>Which of the eight patterns was laid over the data.</summary>
    public int Mask { get; private set; }

    /// <summary>Whether the module is dark; row and column from the top left.</summary>
    public bool this[int row, int column] => _modules[row, column];

    /// <summary>Encodes a text in UTF-8; null where it has more than <see cref="MaxBytes"/> bytes.</summary>
    public static QrCode? Encode(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length > MaxBytes) return null;
        var code = new QrCode(QrCodewords.VersionFor(bytes.Length));
        code.DrawFunctionPatterns();
        code.DrawCodewords(QrCodewords.Of(code.Version, bytes));
        code.ChooseMask();
        return code;
    }

    /// <summary>The 15 bits beside the finder patterns: level, mask and their own correction.</summary>
    internal static int FormatBits(int mask)
    {
        var data = (FormatLevelM << 3) | mask;
        var remainder = data;
        for (var i = 0; i < 10; i++) remainder = (remainder << 1) ^ ((remainder >> 9) * 0x537);
        return ((data << 10) | remainder) ^ 0x5412;
    }

    /// <summary>The 18 bits that name versions from 7 on.</summary>
    internal static int VersionBits(int version)
    {
        var remainder = version;
        for (var i = 0; i < 12; i++) remainder = (remainder << 1) ^ ((remainder >> 11) * 0x1f25);
        return (version << 12) | remainder;
    }

    private void DrawFunctionPatterns()
    {
        for (var i = 0; i < Size; i++)
        {
            Set(6, i, i % 2 == 0);
            Set(i, 6, i % 2 == 0);
        }
        DrawFinder(3, 3);
        DrawFinder(3, Size - 4);
        DrawFinder(Size - 4, 3);
        var centres = AlignmentCentres[Version - 1];
        foreach (var row in centres)
            foreach (var column in centres)
                if (!(row == 6 && column == 6) && !(row == 6 && column == centres[^1]) && !(row == centres[^1] && column == 6)) DrawAlignment(row, column);
        DrawFormat(0);
        if (Version >= 7) DrawVersion();
    }

    private void DrawFinder(int row, int column)
    {
        for (var y = -4; y <= 4; y++)
            for (var x = -4; x <= 4; x++)
                if (row + y >= 0 && row + y < Size && column + x >= 0 && column + x < Size)
                    Set(row + y, column + x, Math.Max(Math.Abs(x), Math.Abs(y)) is not (2 or 4));
    }

    private void DrawAlignment(int row, int column)
    {
        for (var y = -2; y <= 2; y++)
            for (var x = -2; x <= 2; x++) Set(row + y, column + x, Math.Max(Math.Abs(x), Math.Abs(y)) != 1);
    }

    private void DrawFormat(int mask)
    {
        var bits = FormatBits(mask);
        bool Bit(int i) => ((bits >> i) & 1) != 0;
        for (var i = 0; i <= 5; i++) Set(i, 8, Bit(i));
        Set(7, 8, Bit(6));
        Set(8, 8, Bit(7));
        Set(8, 7, Bit(8));
        for (var i = 9; i < 15; i++) Set(8, 14 - i, Bit(i));
        for (var i = 0; i < 8; i++) Set(8, Size - 1 - i, Bit(i));
        for (var i = 8; i < 15; i++) Set(Size - 15 + i, 8, Bit(i));
        Set(Size - 8, 8, true);
    }

    private void DrawVersion()
    {
        var bits = VersionBits(Version);
        for (var i = 0; i < 18; i++)
        {
            var isDark = ((bits >> i) & 1) != 0;
            Set(Size - 11 + (i % 3), i / 3, isDark);
            Set(i / 3, Size - 11 + (i % 3), isDark);
        }
    }

    // Two columns at a time from the right, up and down in turns, around the column of the timing pattern.
    private void DrawCodewords(List<byte> codewords)
    {
        var at = 0;
        for (var right = Size - 1; right >= 1; right -= 2)
        {
            if (right == 6) right = 5;
            for (var step = 0; step < Size; step++)
            {
                var isUp = ((right + 1) & 2) == 0;
                var row = isUp ? Size - 1 - step : step;
                for (var j = 0; j < 2; j++)
                {
                    if (_isFunction[row, right - j] || at >= codewords.Count * 8) continue;
                    _modules[row, right - j] = ((codewords[at / 8] >> (7 - (at % 8))) & 1) != 0;
                    at++;
                }
            }
        }
    }

    private void ChooseMask()
    {
        var best = int.MaxValue;
        for (var mask = 0; mask < 8; mask++)
        {
            ApplyMask(mask);
            DrawFormat(mask);
            var penalty = QrPenalty.Of(this);
            if (penalty < best) (best, Mask) = (penalty, mask);
            ApplyMask(mask);
        }
        ApplyMask(Mask);
        DrawFormat(Mask);
    }

    private void ApplyMask(int mask)
    {
        for (var row = 0; row < Size; row++)
            for (var column = 0; column < Size; column++)
                if (!_isFunction[row, column]) _modules[row, column] ^= IsInverted(mask, row, column);
    }

    private static bool IsInverted(int mask, int row, int column) => mask switch
    {
        0 => (row + column) % 2 == 0,
        1 => row % 2 == 0,
        2 => column % 3 == 0,
        3 => (row + column) % 3 == 0,
        4 => ((row / 2) + (column / 3)) % 2 == 0,
        5 => (row * column % 2) + (row * column % 3) == 0,
        6 => ((row * column % 2) + (row * column % 3)) % 2 == 0,
        _ => (((row + column) % 2) + (row * column % 3)) % 2 == 0,
    };

    private void Set(int row, int column, bool isDark)
    {
        _modules[row, column] = isDark;
        _isFunction[row, column] = true;
    }
}
