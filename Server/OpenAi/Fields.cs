namespace Molmo.Demo.Server.OpenAi;

/// <summary>
/// Reads the members of a JSON object from a program; what is not what it must be is refused with its name.
/// </summary>
/// <remarks>Remembers what was asked for, so that the rest can be named to the caller as ignored.</remarks>
internal sealed class Fields
{
    private readonly Dictionary<string, JsonElement> _members = [];
    private readonly HashSet<string> _read = [];
    private readonly string _path;

    /// <param name="element">An object.</param>
    /// <param name="path">Where it stands, such as <c>messages[0]</c>; empty for the body.</param>
    public Fields(JsonElement element, string path = "")
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw ApiException.Invalid(
                path.Length > 0 ? path : "body", $"{(path.Length > 0 ? path : "The body")} must be a JSON object.");
        _path = path;
        foreach (var member in element.EnumerateObject()) _members[member.Name] = member.Value;
    }

    /// <summary>Whether there is no member.</summary>
    public bool IsEmpty => _members.Count == 0;

    /// <summary>Names of members that nobody asked for. One that is null is as good as absent.</summary>
    public IEnumerable<string> Unread => _members
        .Where(member => !_read.Contains(member.Key) && member.Value.ValueKind != JsonValueKind.Null)
        .Select(member => PathOf(member.Key));

    /// <summary>The member; null where it is absent or null.</summary>
    public JsonElement? Find(string name)
    {
        _read.Add(name);
        return _members.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    /// <summary>Counts members as ones that nobody asked for: they were looked at, but have no effect.</summary>
    public void Forget(params ReadOnlySpan<string> names)
    {
        foreach (var name in names) _read.Remove(name);
    }

    public string PathOf(string name) => _path.Length > 0 ? $"{_path}.{name}" : name;

    public string? Text(string name) => Find(name) is { } value ? TextOf(value, PathOf(name)) : null;

    public bool? Flag(string name) => Find(name) is { } value
        ? value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw Wrong(name, "true or false")
        : null;

    public double? Number(string name) => Find(name) is { } value
        ? value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number : throw Wrong(name, "a number")
        : null;

    public long? Whole(string name, long least, long most) => Find(name) is { } value
        ? WholeOf(value) is { } number && number >= least && number <= most
            ? number
            : throw Wrong(name, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"))
        : null;

    public Fields? Object(string name) => Find(name) is { } value ? new Fields(value, PathOf(name)) : null;

    /// <summary>A text that can be stored and given back: half a surrogate pair cannot.</summary>
    public static string TextOf(JsonElement value, string path)
    {
        try
        {
            if (value.ValueKind == JsonValueKind.String) return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw ApiException.Invalid(path, $"{path} holds half of a character, perhaps from a cut-off emoji.");
        }
        throw ApiException.Invalid(path, $"{path} must be a text.");
    }

    /// <summary>How tokens are chosen, from the members all requests share.</summary>
    public SamplingChoice Sampling(Fields? molmo, ICollection<string> warnings)
    {
        var tokens = Whole("max_completion_tokens", 1, int.MaxValue) ?? Whole("max_tokens", 1, int.MaxValue)
            ?? ChatLimits.AnswerTokens;
        if (Find("max_completion_tokens") is not null) Find("max_tokens");
        var nucleus = Number("top_p") ?? 1;
        if (tokens > ChatLimits.AnswerTokens) warnings.Add($"max_tokens lowered to {ChatLimits.AnswerTokens}");
        var sampling = new SamplingChoice(
            Temperature: Number("temperature") ?? 0,
            TopK: (int)(molmo?.Whole("top_k", 0, 1_000_000) ?? 0),
            TopP: nucleus == 0 ? 1 : nucleus,
            Seed: Whole("seed", long.MinValue, long.MaxValue),
            MaxTokens: (int)Math.Min(tokens, ChatLimits.AnswerTokens));
        return sampling.OutOfRange switch
        {
            SamplingSetting.Temperature => throw Wrong("temperature", "from 0 to 2"),
            SamplingSetting.TopP => throw Wrong("top_p", "from 0 to 1"),
            // The smallest set of tokens that reaches nothing is the likeliest one.
            _ => nucleus == 0 ? sampling with { Temperature = 0 } : sampling,
        };
    }

    /// <summary>Style and crops, from the extension object; null where nothing is said.</summary>
    public static PromptChoice? Prompt(Fields? molmo) => molmo is null ? null : new PromptChoice(
        molmo.Text("style"), (int)(molmo.Whole("max_crops", 1, PromptChoice.MostCrops) ?? PromptChoice.StandardCrops),
        molmo.Flag("may_drop_oldest") ?? false);

    // Some languages write every number with a point: 256.0 is whole.
    private static long? WholeOf(JsonElement value)
        => value.ValueKind != JsonValueKind.Number ? null
            : value.TryGetInt64(out var number) ? number
            : value.TryGetDouble(out var real) && double.IsInteger(real) && Math.Abs(real) <= 1L << 53 ? (long)real
            : null;

    private ApiException Wrong(string name, string wanted)
        => ApiException.Invalid(PathOf(name), $"{PathOf(name)} must be {wanted}.");
}
