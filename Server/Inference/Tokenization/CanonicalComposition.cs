using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Molmo.Demo.Inference.Tokenization;

/// <summary>Normalization form C of UTF-8 text, from tables of our own.</summary>
/// <remarks>
/// <see cref="string.Normalize()"/> throws on noncharacters, follows the system's ICU and does nothing at all under
/// InvariantGlobalization; token ids must depend on none of these.
/// </remarks>
internal static class CanonicalComposition
{
    // Below U+0300 (first byte 0xCC) every character is its own form C and follows no other.
    private const byte FirstLeadByte = 0xCC;

    private const int SyllableFirst = 0xAC00, SyllableCount = 11172;
    private const int LeadFirst = 0x1100, LeadCount = 19;
    private const int VowelFirst = 0x1161, VowelCount = 21;
    private const int TrailFirst = 0x11A7, TrailCount = 28;

    /// <summary>Whether <see cref="Append"/> could change the text. False for most text, at the speed of a search for one byte range.</summary>
    public static bool MayChange(ReadOnlySpan<byte> utf8) => utf8.IndexOfAnyInRange(FirstLeadByte, (byte)0xFF) >= 0;

    /// <summary>Appends form C of the text.</summary>
    /// <param name="utf8">Valid UTF-8.</param>
    /// <param name="destination">Takes the result.</param>
    public static void Append(ReadOnlySpan<byte> utf8, IBufferWriter<byte> destination)
    {
        var tables = Tables.Instance;
        // Only a run of characters that can move or compose is worked on, with the one inert character before it.
        int copied = 0, lastInert = 0, position = 0;
        while (position < utf8.Length)
        {
            Rune.DecodeFromUtf8(utf8[position..], out var rune, out int length);
            if (tables.IsInert(rune.Value))
            {
                lastInert = position;
                position += length;
                continue;
            }
            int start = Math.Max(lastInert, copied);
            do
            {
                position += length;
                if (position == utf8.Length) break;
                Rune.DecodeFromUtf8(utf8[position..], out rune, out length);
            }
            while (!tables.IsInert(rune.Value));
            destination.Write(utf8[copied..start]);
            AppendRun(utf8[start..position], tables, destination);
            copied = lastInert = position;
        }
        destination.Write(utf8[copied..]);
    }

    private static void AppendRun(ReadOnlySpan<byte> utf8, Tables tables, IBufferWriter<byte> destination)
    {
        var runes = new List<int>(utf8.Length);
        for (int position = 0; position < utf8.Length;)
        {
            Rune.DecodeFromUtf8(utf8[position..], out var rune, out int length);
            Decompose(rune.Value, tables, runes);
            position += length;
        }
        var decomposed = CollectionsMarshal.AsSpan(runes);
        Reorder(decomposed, tables);
        int count = Compose(decomposed, tables);
        foreach (int rune in decomposed[..count])
        {
            var span = destination.GetSpan(4);
            destination.Advance(new Rune(rune).EncodeToUtf8(span));
        }
    }

    private static void Decompose(int rune, Tables tables, List<int> runes)
    {
        int syllable = rune - SyllableFirst;
        if ((uint)syllable < SyllableCount)
        {
            runes.Add(LeadFirst + syllable / (VowelCount * TrailCount));
            runes.Add(VowelFirst + syllable % (VowelCount * TrailCount) / TrailCount);
            if (syllable % TrailCount != 0) runes.Add(TrailFirst + syllable % TrailCount);
        }
        else if (tables.Decompositions.TryGetValue(rune, out var mapping))
        {
            Decompose(mapping.First, tables, runes);
            if (mapping.Second != 0) Decompose(mapping.Second, tables, runes);
        }
        else
        {
            runes.Add(rune);
        }
    }

    /// <summary>Sorts each run of combining marks by class, stably; n log n, since a hostile text may be all marks.</summary>
    private static void Reorder(Span<int> runes, Tables tables)
    {
        for (int start = 0; start < runes.Length;)
        {
            int end = start;
            while (end < runes.Length && tables.ClassOf(runes[end]) != 0) end++;
            if (end - start > 1)
            {
                var run = runes[start..end];
                var keys = new ulong[run.Length];
                for (int i = 0; i < run.Length; i++) keys[i] = ((ulong)tables.ClassOf(run[i]) << 32) | (uint)i;
                Array.Sort(keys);
                int[] sorted = new int[run.Length];
                for (int i = 0; i < run.Length; i++) sorted[i] = run[(int)(uint)keys[i]];
                sorted.CopyTo(run);
            }
            start = end + 1;
        }
    }

    /// <summary>Composes in place and returns the new count.</summary>
    private static int Compose(Span<int> runes, Tables tables)
    {
        int count = 0, starter = -1, previousClass = 0;
        foreach (int rune in runes)
        {
            int currentClass = tables.ClassOf(rune);
            // A mark is blocked from the starter by one of the same or a higher class in between.
            bool adjacent = starter == count - 1;
            if (starter >= 0 && (adjacent || previousClass < currentClass)
                && tables.TryCompose(runes[starter], rune, out int composite))
            {
                runes[starter] = composite;
                continue;
            }
            if (currentClass == 0) starter = count;
            previousClass = currentClass;
            runes[count++] = rune;
        }
        return count;
    }

    private sealed class Tables
    {
        private static readonly Lazy<Tables> Lazy = new(() => new Tables());

        private readonly Dictionary<int, byte> _classes = [];
        private readonly Dictionary<(int First, int Second), int> _compositions = [];
        private readonly ulong[] _active = new ulong[0x110000 / 64];

        private Tables()
        {
            foreach (var record in Records(CanonicalData.CombiningClasses))
            {
                int space = record.IndexOf(' ');
                var range = record.AsSpan(0, space);
                int dash = range.IndexOf('-');
                int first = Hexadecimal(dash < 0 ? range : range[..dash]);
                int last = dash < 0 ? first : Hexadecimal(range[(dash + 1)..]);
                byte combiningClass = byte.Parse(record.AsSpan(space + 1), CultureInfo.InvariantCulture);
                for (int rune = first; rune <= last; rune++)
                {
                    _classes[rune] = combiningClass;
                    SetActive(rune);
                }
            }
            foreach (var record in Records(CanonicalData.Decompositions))
            {
                var parts = record.Split(' ');
                int rune = Hexadecimal(parts[0]);
                int first = Hexadecimal(parts[1].AsSpan().TrimStart('!'));
                int second = parts.Length == 3 ? Hexadecimal(parts[2]) : 0;
                Decompositions[rune] = (first, second);
                if (second == 0 || parts[1][0] == '!')
                {
                    SetActive(rune);
                }
                else
                {
                    _compositions[(first, second)] = rune;
                    SetActive(second);
                }
            }
            for (int i = 0; i < VowelCount; i++) SetActive(VowelFirst + i);
            for (int i = 1; i < TrailCount; i++) SetActive(TrailFirst + i);
        }

        public static Tables Instance => Lazy.Value;

        /// <summary>One step; a second code point of 0 is none.</summary>
        public Dictionary<int, (int First, int Second)> Decompositions { get; } = [];

        /// <summary>A starter that is its own form C and never composes with what stands before it.</summary>
        public bool IsInert(int rune) => (_active[rune >> 6] >> (rune & 63) & 1) == 0;

        public int ClassOf(int rune) => IsInert(rune) ? 0 : _classes.GetValueOrDefault(rune);

        public bool TryCompose(int first, int second, out int composite)
        {
            int lead = first - LeadFirst, vowel = second - VowelFirst;
            if ((uint)lead < LeadCount && (uint)vowel < VowelCount)
            {
                composite = SyllableFirst + (lead * VowelCount + vowel) * TrailCount;
                return true;
            }
            int syllable = first - SyllableFirst, trail = second - TrailFirst;
            if ((uint)syllable < SyllableCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount)
            {
                composite = first + trail;
                return true;
            }
            return _compositions.TryGetValue((first, second), out composite);
        }

        private static string[] Records(string data)
            => data.Split([';', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

        private static int Hexadecimal(ReadOnlySpan<char> digits)
            => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

        private void SetActive(int rune) => _active[rune >> 6] |= 1UL << (rune & 63);
    }
}
