namespace Molmo.Demo.Inference.Tests.Tokenization;

/// <summary>Texts drawn from a seed: words, scripts, marks, emoji, control characters, markup, added tokens.</summary>
/// <remarks>
/// The generator is ours (SplitMix64), so that a seed gives the same text on every platform. Every character drawn has
/// been assigned since Unicode 14 or longer, or never will be (noncharacters, private use): ids of these texts do not
/// depend on the Unicode version of the machine's ICU or of .NET.
/// </remarks>
/// <param name="seed">Any number.</param>
internal sealed class FuzzText(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A number from 0 to below a limit.</summary>
    public int Below(int limit)
    {
        ulong value = _state += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return (int)((value ^ (value >> 31)) % (ulong)limit);
    }

    /// <summary>The next text: any UTF-16, lone surrogates too; tens of characters, one in 400 thousands.</summary>
    public string Next()
    {
        var text = new StringBuilder();
        int parts = Below(12);
        for (int part = 0; part < parts; part++) AppendPart(text);
        if (Below(400) == 0) AppendRun(text, Below(3000));
        return text.ToString();
    }

    private void AppendPart(StringBuilder text)
    {
        switch (Below(18))
        {
            case 0 or 1 or 2: text.Append(Below(3) == 0 ? "" : " ").Append(Pick(FuzzAlphabet.Words)); break;
            case 3: AppendRun(text, 1 + Below(6)); break;
            case 4: text.Append(Pick(FuzzAlphabet.Contractions)); break;
            case 5: AppendEach(text, 1 + Below(8), FuzzAlphabet.Ascii); break;
            case 6: AppendEach(text, 1 + Below(6), FuzzAlphabet.Numbers); break;
            case 7: AppendEach(text, 1 + Below(6), FuzzAlphabet.WhiteSpace); break;
            case 8: AppendEach(text, 1 + Below(5), FuzzAlphabet.Ideographs); break;
            case 9: AppendOneRange(text, 1 + Below(7), FuzzAlphabet.Scripts); break;
            case 10: AppendEmoji(text); break;
            case 11: AppendMarked(text); break;
            case 12: AppendJamo(text); break;
            case 13: text.Append(Pick(FuzzAlphabet.Composing)); break;
            case 14: AppendOneRange(text, 1 + Below(6), FuzzAlphabet.Astral); break;
            case 15: AppendEach(text, 1 + Below(3), FuzzAlphabet.Odd); break;
            case 16: AppendToken(text); break;
            default: AppendPoints(text); break;
        }
    }

    private void AppendEach(StringBuilder text, int count, (int First, int Last)[] ranges)
    {
        for (int i = 0; i < count; i++) AppendUnit(text, In(Pick(ranges)));
    }

    private void AppendOneRange(StringBuilder text, int count, (int First, int Last)[] ranges)
        => AppendEach(text, count, [Pick(ranges)]);

    /// <summary>One character many times; in one of four, two taking turns.</summary>
    private void AppendRun(StringBuilder text, int count)
    {
        var alphabet = Pick(FuzzAlphabet.All);
        int first = In(Pick(alphabet)), second = Below(4) == 0 ? In(Pick(alphabet)) : first;
        for (int i = 0; i < count; i++) AppendUnit(text, i % 2 == 0 ? first : second);
    }

    private void AppendEmoji(StringBuilder text)
    {
        for (int i = Below(4); i >= 0; i--)
        {
            AppendUnit(text, In(Pick(FuzzAlphabet.Emoji)));
            if (Below(3) == 0) AppendUnit(text, In((0x1F3FB, 0x1F3FF)));
            if (Below(3) == 0) text.Append('\uFE0F');
            if (Below(2) == 0) text.Append('\u200D');
        }
    }

    /// <summary>A letter, or nothing, and marks of several classes in any order.</summary>
    private void AppendMarked(StringBuilder text)
    {
        if (Below(8) != 0) text.Append(Pick(FuzzAlphabet.Bases));
        AppendEach(text, 1 + Below(5), FuzzAlphabet.Marks);
    }

    private void AppendJamo(StringBuilder text)
    {
        for (int i = Below(4); i >= 0; i--)
        {
            AppendUnit(text, In(Below(3) == 0 ? (0xAC00, 0xD7A3) : (0x1100, 0x1113)));
            if (Below(4) != 0) AppendUnit(text, In((0x1160, 0x1176)));
            if (Below(2) != 0) AppendUnit(text, In((0x11A7, 0x11C3)));
        }
    }

    /// <summary>The text of an added token of one of the tokenizers, in one of four cut short.</summary>
    private void AppendToken(StringBuilder text)
    {
        string token = Pick(FuzzAlphabet.Tokens);
        text.Append(Below(4) == 0 ? token[Below(token.Length)..] : token);
    }

    private void AppendPoints(StringBuilder text)
    {
        string name = Pick(FuzzAlphabet.Words);
        if (Below(2) == 0)
        {
            text.Append("<point").Append(Place("")).Append(" alt=\"" + name + "\">" + name + "</point>");
            return;
        }
        text.Append("<points");
        int count = 1 + Below(4);
        for (int i = 1; i <= count; i++) text.Append(Place(i.ToString(CultureInfo.InvariantCulture)));
        text.Append(" alt=\"" + name + "\">" + name + "</points>");
    }

    private string Place(string suffix) => $" x{suffix}=\"{Coordinate()}\" y{suffix}=\"{Coordinate()}\"";

    private string Coordinate() => string.Create(CultureInfo.InvariantCulture, $"{Below(100)}.{Below(10)}");

    private int In((int First, int Last) range) => range.First + Below(range.Last - range.First + 1);

    private T Pick<T>(T[] items) => items[Below(items.Length)];

    private static void AppendUnit(StringBuilder text, int value)
    {
        if (value > 0xFFFF) text.Append(char.ConvertFromUtf32(value));
        else text.Append((char)value);
    }
}
