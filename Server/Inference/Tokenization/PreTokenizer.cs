using System.Globalization;
using System.Text;

namespace Molmo.Demo.Inference.Tokenization;

/// <summary>Cuts text into the pieces that are encoded one by one, as the tokenizers' regular expressions do.</summary>
/// <remarks>
/// Written by hand: .NET's Regex sees UTF-16 units, so that its \p{L} and \p{N} match no letter or digit beyond U+FFFF, and
/// it is slower. Works on valid UTF-8; knows nothing of vocabularies.
/// </remarks>
internal static class PreTokenizer
{
    private enum Kind : byte
    {
        Symbol,
        Letter,
        Number,
        Space,
        LineEnd,
    }

    private static readonly Kind[] AsciiKinds = MakeAsciiKinds();

    /// <summary>Bytes of the first piece; pieces follow each other without gaps.</summary>
    /// <param name="text">Valid UTF-8, not empty.</param>
    /// <param name="pattern">How to cut.</param>
    public static int FirstPiece(ReadOnlySpan<byte> text, SplitPattern pattern)
        => pattern == SplitPattern.SpacedWords ? SpacedWord(text) : Word(text, pattern == SplitPattern.DigitGroups ? 3 : 1);

    /// <summary><c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,n}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c></summary>
    private static int Word(ReadOnlySpan<byte> text, int digits)
    {
        if (text[0] == '\'')
        {
            int contraction = Contraction(text, ignoreCase: true);
            if (contraction > 0) return contraction;
        }
        var kind = KindAt(text, 0, out int length);
        switch (kind)
        {
            case Kind.Letter:
                return RunEnd(text, length, Kind.Letter);
            case Kind.Number:
                int end = length;
                for (int count = 1; count < digits && end < text.Length && KindAt(text, end, out length) == Kind.Number; count++) end += length;
                return end;
            case Kind.LineEnd:
                return WhiteSpace(text);
        }
        if (length < text.Length)
        {
            var next = KindAt(text, length, out int nextLength);
            if (next == Kind.Letter) return RunEnd(text, length + nextLength, Kind.Letter);
            if (kind == Kind.Space && !(text[0] == ' ' && next == Kind.Symbol)) return WhiteSpace(text);
        }
        else if (kind == Kind.Space)
        {
            return length;
        }
        int symbolsEnd = RunEnd(text, length, Kind.Symbol);
        while (symbolsEnd < text.Length && text[symbolsEnd] is (byte)'\r' or (byte)'\n') symbolsEnd++;
        return symbolsEnd;
    }

    /// <summary><c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c></summary>
    private static int SpacedWord(ReadOnlySpan<byte> text)
    {
        if (text[0] == '\'')
        {
            int contraction = Contraction(text, ignoreCase: false);
            if (contraction > 0) return contraction;
        }
        var kind = KindAt(text, 0, out int length);
        if (kind is Kind.Space or Kind.LineEnd)
        {
            if (text[0] != ' ' || length == text.Length) return WhiteSpaceRun(text, out _);
            kind = KindAt(text, length, out int nextLength);
            if (kind is Kind.Space or Kind.LineEnd) return WhiteSpaceRun(text, out _);
            length += nextLength;
        }
        return RunEnd(text, length, kind);
    }

    /// <summary>Length of a contraction at the start of the text, or 0.</summary>
    private static int Contraction(ReadOnlySpan<byte> text, bool ignoreCase)
    {
        if (text.Length < 2) return 0;
        byte fold = (byte)(ignoreCase ? 0x20 : 0);
        switch ((char)(text[1] | fold))
        {
            case 's' or 't' or 'm' or 'd':
                return 2;
            case 'r' or 'v' when text.Length > 2 && (text[2] | fold) == 'e':
                return 3;
            case 'l' when text.Length > 2 && (text[2] | fold) == 'l':
                return 3;
        }
        // The long s, U+017F, is an s when case is ignored.
        return ignoreCase && text.Length > 2 && text[1] == 0xC5 && text[2] == 0xBF ? 3 : 0;
    }

    /// <summary><c>\s*[\r\n]+|\s+(?!\S)|\s+</c></summary>
    private static int WhiteSpace(ReadOnlySpan<byte> text)
    {
        int end = WhiteSpaceRun(text, out int lastLineEnd);
        return lastLineEnd >= 0 ? lastLineEnd + 1 : end;
    }

    /// <summary><c>\s+(?!\S)|\s+</c>: a run of white space, less its last character where a word follows that can take it.</summary>
    private static int WhiteSpaceRun(ReadOnlySpan<byte> text, out int lastLineEnd)
    {
        int end = 0, last = 0;
        lastLineEnd = -1;
        while (end < text.Length)
        {
            var kind = KindAt(text, end, out int length);
            if (kind is not (Kind.Space or Kind.LineEnd)) return last > 0 ? last : end;
            if (kind == Kind.LineEnd) lastLineEnd = end;
            last = end;
            end += length;
        }
        return end;
    }

    private static int RunEnd(ReadOnlySpan<byte> text, int start, Kind kind)
    {
        int end = start;
        while (end < text.Length && KindAt(text, end, out int length) == kind) end += length;
        return end;
    }

    private static Kind KindAt(ReadOnlySpan<byte> text, int position, out int length)
    {
        byte first = text[position];
        if (first < 0x80)
        {
            length = 1;
            return AsciiKinds[first];
        }
        Rune.DecodeFromUtf8(text[position..], out var rune, out length);
        return KindOf(rune.Value);
    }

    private static Kind KindOf(int rune) => CharUnicodeInfo.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
        UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => Kind.Space,
        _ => rune switch
        {
            '\r' or '\n' => Kind.LineEnd,
            '\t' or '\v' or '\f' or 0x85 => Kind.Space,
            _ => Kind.Symbol,
        },
    };

    private static Kind[] MakeAsciiKinds()
    {
        var kinds = new Kind[128];
        for (int rune = 0; rune < kinds.Length; rune++) kinds[rune] = KindOf(rune);
        return kinds;
    }
}
