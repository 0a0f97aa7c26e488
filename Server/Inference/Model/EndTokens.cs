using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Inference.Model;

/// <summary>Which tokens end an answer: what the generation settings say, what the tokenizer's settings say, and end-of-text.</summary>
/// <remarks>The published dense checkpoints say nothing in their generation settings; all were trained to end with end-of-text.</remarks>
internal static class EndTokens
{
    private const long MaxFileLength = 10_000_000;

    public static IReadOnlyList<int> Read(string folder, BpeTokenizer tokenizer, int endOfText)
    {
        var ids = new List<int>();
        var generation = Path.Combine(folder, "generation_config.json");
        if (File.Exists(generation)) ids.AddRange(ModelFile.ReadJson(generation, MaxFileLength, root => FromGeneration(root, generation, tokenizer)));
        var settings = Path.Combine(folder, "tokenizer_config.json");
        if (File.Exists(settings) && ModelFile.ReadJson(settings, MaxFileLength, root => FromTokenizer(root, settings, tokenizer)) is { } id) ids.Add(id);
        ids.Add(endOfText);
        return [.. ids.Distinct()];
    }

    private static List<int> FromGeneration(JsonElement root, string file, BpeTokenizer tokenizer)
    {
        const string name = "eos_token_id";
        var fields = new ConfigFields(root, file);
        if (!fields.Has(name)) return [];
        return root.GetProperty(name).ValueKind == JsonValueKind.Array
            ? [.. fields.Integers(name, 0, tokenizer.Count - 1)]
            : [fields.Integer(name, 0, tokenizer.Count - 1)];
    }

    /// <summary>The name is a text, or in older files an object with the text in <c>content</c>.</summary>
    private static int? FromTokenizer(JsonElement root, string file, BpeTokenizer tokenizer)
    {
        const string name = "eos_token";
        if (!new ConfigFields(root, file).Has(name)) return null;
        var token = root.GetProperty(name);
        if (token.ValueKind == JsonValueKind.Object && token.TryGetProperty("content", out var content)) token = content;
        if (token.ValueKind != JsonValueKind.String) throw new ModelFormatException(file, name, "is not the text of a token.");
        return tokenizer.IdOf(token.GetString()!)
            ?? throw new ModelFormatException(file, name, $"is '{ModelFormatException.Shown(token.GetString()!)}', which the tokenizer does not have.");
    }
}
