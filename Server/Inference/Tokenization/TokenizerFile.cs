namespace Molmo.Demo.Inference.Tokenization;

/// <summary>
/// What a <c>tokenizer.json</c> says, checked: whatever could change an id and is not known here is refused.
/// </summary>
internal sealed class TokenizerFile
{
    // No tokenizer comes near; a wrong id must not become a table of gigabytes.
    private const int IdLimit = 1 << 22;

    private readonly string _file;

    private TokenizerFile(string file) => _file = file;

    /// <summary>Tokens of the model, as written, with their ids.</summary>
    public Dictionary<string, int> Entries { get; } = [];

    /// <summary>All tokens by id, the added ones among them; null for an id that is not used.</summary>
    public List<string?> Names { get; } = [];

    /// <summary>
    /// Merges between tokens of the model, each as two with a space between, in the order of their ranks.
    /// </summary>
    public List<string> Merges { get; } = [];

    /// <summary>Tokens found whole in the text.</summary>
    public List<AddedToken> Added { get; } = [];

    /// <summary>How text is cut into pieces.</summary>
    public SplitPattern Pattern { get; private set; }

    /// <summary>Whether text is brought to form C.</summary>
    public bool Composes { get; private set; }

    /// <exception cref="ModelFormatException">Not JSON, of another kind of tokenizer, or contradictory.</exception>
    public static TokenizerFile Parse(ReadOnlyMemory<byte> json, string file)
    {
        var result = new TokenizerFile(file);
        try
        {
            // Editors on Windows put one before; the other files of a checkpoint may have it too.
            if (json.Span.StartsWith(Encoding.UTF8.Preamble)) json = json[Encoding.UTF8.Preamble.Length..];
            using var document = JsonDocument.Parse(json);
            result.Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException is what JsonElement throws for text that is not valid UTF-16 (an escaped lone
            // surrogate).
            throw new ModelFormatException(file, null, $"not a tokenizer in JSON: {e.Message}", e);
        }
        return result;
    }

    private void Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) throw Refuse($"expected a JSON object, found {Describe(root)}");
        var model = Field(root, "model");
        CheckModel(model);
        ReadVocabulary(Field(model, "vocab"));
        ReadAdded(Field(root, "added_tokens"));
        ReadMerges(Field(model, "merges"));
        ReadNormalizer(Field(root, "normalizer"));
        Pattern = ReadPreTokenizer(Field(root, "pre_tokenizer"));
        Expect(Field(root, "decoder"), "decoder", "ByteLevel");
        // It would only add tokens at the ends, which is the prompt builder's business here, or trim offsets.
        var processor = Field(root, "post_processor");
        if (processor.ValueKind != JsonValueKind.Undefined && processor.ValueKind != JsonValueKind.Null)
            Expect(processor, "post_processor", "ByteLevel", "TemplateProcessing");
    }

    private void CheckModel(JsonElement model)
    {
        Expect(model, "model", "BPE");
        if (!IsUnset(Field(model, "dropout"))) throw Refuse("model.dropout: expected null");
        ExpectFlag(model, "model", "byte_fallback", false);
        ExpectFlag(model, "model", "ignore_merges", false);
        foreach (var name in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
        {
            var affix = Field(model, name);
            if (!IsUnset(affix) && !(affix.ValueKind == JsonValueKind.String && affix.ValueEquals("")))
                throw Refuse($"model.{name}: expected nothing, found {Describe(affix)}");
        }
    }

    private void ReadVocabulary(JsonElement vocabulary)
    {
        if (vocabulary.ValueKind != JsonValueKind.Object)
            throw Refuse($"model.vocab: expected an object, found {Describe(vocabulary)}");
        Entries.EnsureCapacity(vocabulary.GetPropertyCount());
        foreach (var entry in vocabulary.EnumerateObject())
        {
            string token = entry.Name;
            int id = Id(entry.Value, "model.vocab", token);
            if (token.Length == 0) throw Refuse($"model.vocab: id {id} is an empty token");
            if (NameOf(id) is { } other)
                throw Refuse($"model.vocab: id {id} is given to both {Quote(other)} and {Quote(token)}");
            if (!Entries.TryAdd(token, id)) throw Refuse($"model.vocab: token {Quote(token)} appears twice");
            SetName(id, token);
        }
        for (int value = 0; value < 256; value++)
        {
            // 0xC0, 0xC1 and all from 0xF5 on occur in no UTF-8 text, and GPT-NeoX leaves them out.
            if (value is 0xC0 or 0xC1 or >= 0xF5) continue;
            string token = ByteAlphabet.CharacterOf((byte)value).ToString();
            if (!Entries.ContainsKey(token))
                throw Refuse(
                    $"model.vocab: expected a token for each byte, found none for 0x{value:X2} ({Quote(token)})");
        }
    }

    private void ReadMerges(JsonElement merges)
    {
        if (merges.ValueKind != JsonValueKind.Array)
            throw Refuse($"model.merges: expected an array, found {Describe(merges)}");
        var seen = new HashSet<string>(merges.GetArrayLength());
        foreach (var merge in merges.EnumerateArray())
        {
            string text = MergeText(merge);
            // The byte-level alphabet has no space, so that there is one way to read it.
            int space = text.IndexOf(' ');
            if (space <= 0 || space == text.Length - 1 || text.LastIndexOf(' ') != space)
                throw Refuse($"model.merges, number {Merges.Count}: expected two tokens, as \"a b\" or [\"a\", "
                    + $"\"b\"], found {Describe(merge)}");
            ReadOnlySpan<char> left = text.AsSpan(0, space), right = text.AsSpan(space + 1);
            if (!ByteAlphabet.Writes(left) || !ByteAlphabet.Writes(right))
                throw Refuse($"model.merges: {Quote(text)} is not written in the byte-level alphabet");
            ExpectEntry(left, text);
            ExpectEntry(right, text);
            ExpectEntry(string.Concat(left, right), text);
            if (!seen.Add(text)) throw Refuse($"model.merges: {Quote(text)} appears twice");
            Merges.Add(text);
        }
    }

    /// <summary>
    /// A merge as two tokens with a space between, whichever form the file has; empty where it has neither.
    /// </summary>
    private static string MergeText(JsonElement merge) => merge.ValueKind switch
    {
        JsonValueKind.String => merge.GetString()!,
        JsonValueKind.Array when merge.GetArrayLength() == 2
            && merge[0].ValueKind == JsonValueKind.String && merge[1].ValueKind == JsonValueKind.String
            => $"{merge[0].GetString()} {merge[1].GetString()}",
        _ => "",
    };

    private void ExpectEntry(ReadOnlySpan<char> token, string merge)
    {
        if (!Entries.GetAlternateLookup<ReadOnlySpan<char>>().ContainsKey(token))
            throw Refuse(
                $"model.merges: {Quote(merge)} needs the token {Quote(token.ToString())}, which is not in model.vocab");
    }

    private void ReadAdded(JsonElement added)
    {
        if (IsUnset(added)) return;
        if (added.ValueKind != JsonValueKind.Array)
            throw Refuse($"added_tokens: expected an array, found {Describe(added)}");
        var contents = new HashSet<string>();
        foreach (var token in added.EnumerateArray())
        {
            if (token.ValueKind != JsonValueKind.Object)
                throw Refuse($"added_tokens: expected objects, found {Describe(token)}");
            var content = Field(token, "content");
            if (content.ValueKind != JsonValueKind.String || content.GetString() is not { Length: > 0 } text)
                throw Refuse($"added_tokens: expected content of at least one character, found {Describe(content)}");
            string where = $"added_tokens, {Quote(text)}";
            int id = Id(Field(token, "id"), "added_tokens", text);
            ExpectFlag(token, where, "single_word", false);
            ExpectFlag(token, where, "lstrip", false);
            ExpectFlag(token, where, "rstrip", false);
            if (!contents.Add(text)) throw Refuse($"{where}: appears twice");
            string? holder = NameOf(id);
            if (holder is null && Entries.TryGetValue(text, out int known))
                throw Refuse($"{where}: id {id} contradicts model.vocab, where it has {known}");
            if (holder is not null && holder != text) throw Refuse($"{where}: id {id} belongs to {Quote(holder)}");
            SetName(id, text);
            Added.Add(new AddedToken(
                id, text, Flag(token, where, "special", false), Flag(token, where, "normalized", true)));
        }
    }

    private void ReadNormalizer(JsonElement normalizer)
    {
        if (IsUnset(normalizer)) return;
        Expect(normalizer, "normalizer", "NFC");
        if ("e\u0301".Normalize() != "\u00E9")
            throw Refuse("normalizer: NFC needs ICU, which this process runs without (InvariantGlobalization)");
        Composes = true;
    }

    private SplitPattern ReadPreTokenizer(JsonElement preTokenizer)
    {
        switch (Expect(preTokenizer, "pre_tokenizer", "ByteLevel", "Sequence"))
        {
            case "ByteLevel":
                ReadByteLevel(preTokenizer, splits: true);
                return SplitPattern.SpacedWords;
            default:
                var parts = Field(preTokenizer, "pretokenizers");
                if (parts.ValueKind != JsonValueKind.Array || parts.GetArrayLength() != 2)
                    throw Refuse("pre_tokenizer: expected a sequence of Split and ByteLevel");
                Expect(parts[0], "pre_tokenizer", "Split");
                Expect(parts[1], "pre_tokenizer", "ByteLevel");
                ReadByteLevel(parts[1], splits: false);
                return ReadSplit(parts[0]);
        }
    }

    private void ReadByteLevel(JsonElement byteLevel, bool splits)
    {
        ExpectFlag(byteLevel, "pre_tokenizer.ByteLevel", "add_prefix_space", false, absent: true);
        ExpectFlag(byteLevel, "pre_tokenizer.ByteLevel", "use_regex", splits, absent: true);
    }

    private SplitPattern ReadSplit(JsonElement split)
    {
        // The known expressions match all text, so that keeping the matches alone and isolating them are the same.
        var behavior = Field(split, "behavior");
        bool inverted = Flag(split, "pre_tokenizer.Split", "invert", false);
        if (behavior.ValueKind != JsonValueKind.String || !behavior.ValueEquals(inverted ? "Removed" : "Isolated"))
            throw Refuse($"pre_tokenizer.Split: expected the behavior Isolated, or Removed and inverted, "
                + $"found {Describe(behavior)} with invert {(inverted ? "true" : "false")}");
        var pattern = Field(split, "pattern");
        var expression = pattern.ValueKind == JsonValueKind.Object ? Field(pattern, "Regex") : default;
        if (expression.ValueKind == JsonValueKind.String)
            foreach (var known in Enum.GetValues<SplitPattern>())
                if (expression.ValueEquals(SplitExpressions.Of(known))) return known;
        throw Refuse(
            $"pre_tokenizer.Split: expected the expression of Qwen2, cl100k or GPT-2, found {Describe(pattern)}");
    }

    private string Expect(JsonElement element, string where, params ReadOnlySpan<string> types)
    {
        var type = element.ValueKind == JsonValueKind.Object ? Field(element, "type") : default;
        // Files of the first years give the model no type.
        if (where == "model" && element.ValueKind == JsonValueKind.Object && type.ValueKind == JsonValueKind.Undefined)
            return types[0];
        if (type.ValueKind == JsonValueKind.String)
            foreach (string expected in types)
                if (type.ValueEquals(expected)) return expected;
        throw Refuse($"{where}: expected {string.Join(" or ", types.ToArray())}, "
            + $"found {Describe(type.ValueKind == JsonValueKind.Undefined ? element : type)}");
    }

    private void ExpectFlag(JsonElement element, string where, string name, bool expected, bool absent = false)
    {
        if (Flag(element, where, name, absent) != expected)
            throw Refuse($"{where}.{name}: expected {(expected ? "true" : "false")}");
    }

    private bool Flag(JsonElement element, string where, string name, bool absent)
    {
        var flag = Field(element, name);
        return flag.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Undefined => absent,
            _ => throw Refuse($"{where}.{name}: expected true or false, found {Describe(flag)}"),
        };
    }

    private int Id(JsonElement element, string where, string token)
    {
        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int id) && id is >= 0 and < IdLimit)
            return id;
        throw Refuse(
            $"{where}, token {Quote(token)}: expected an id from 0 to {IdLimit - 1}, found {Describe(element)}");
    }

    private string? NameOf(int id) => id < Names.Count ? Names[id] : null;

    private void SetName(int id, string name)
    {
        if (id >= Names.Count) CollectionsMarshal.SetCount(Names, id + 1);
        Names[id] = name;
    }

    private static JsonElement Field(JsonElement element, string name)
        => element.TryGetProperty(name, out var value) ? value : default;

    private static bool IsUnset(JsonElement element)
        => element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    private static string Describe(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Undefined => "nothing",
        JsonValueKind.Object => element.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String
            ? Quote(type.GetString()!) : "an object",
        JsonValueKind.Array => "an array",
        _ => Quote(element.GetRawText()),
    };

    private static string Quote(string text) => text.Length <= 60 ? $"`{text}`" : $"`{text[..60]}...`";

    private ModelFormatException Refuse(string detail) => new(_file, null, detail);
}
