using System.Text.Json.Nodes;
using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Inference.Tests.Tokenization;

/// <summary>Small tokenizer files made in memory: a token for each byte, and what a test adds.</summary>
internal static class TokenizerJson
{
    /// <summary>The file's name in errors.</summary>
    public const string File = "made/tokenizer.json";

    public const string Gpt2Expression = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public const string Qwen2Expression =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
            + @"|\s+(?!\S)|\s+";

    public const string Cl100kExpression =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
            + @"|\s+(?!\S)|\s+";

    /// <summary>Id = byte value, no merges, the GPT-2 pattern, no normalizer, no added tokens.</summary>
    public static JsonObject Bytes()
    {
        var vocabulary = new JsonObject();
        for (int value = 0; value < 256; value++) vocabulary[ByteAlphabet.CharacterOf((byte)value).ToString()] = value;
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(),
            ["normalizer"] = null,
            ["pre_tokenizer"] =
                new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = true },
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = new JsonArray() },
        };
    }

    public static JsonObject WithMerge(this JsonObject file, string left, string right, int id)
    {
        file["model"]!["vocab"]![left + right] = id;
        file["model"]!["merges"]!.AsArray().Add($"{left} {right}");
        return file;
    }

    public static JsonObject WithAdded(
        this JsonObject file, int id, string content, bool special = true, bool normalized = false)
    {
        file["added_tokens"]!.AsArray().Add(
            new JsonObject { ["id"] = id, ["content"] = content, ["special"] = special, ["normalized"] = normalized });
        return file;
    }

    public static JsonObject WithSplit(
        this JsonObject file, string expression, string behavior = "Isolated", bool invert = false)
    {
        file["pre_tokenizer"] = new JsonObject
        {
            ["type"] = "Sequence",
            ["pretokenizers"] = new JsonArray(
                new JsonObject
                {
                    ["type"] = "Split",
                    ["pattern"] =
                    new JsonObject { ["Regex"] = expression },
                    ["behavior"] = behavior,
                    ["invert"] = invert
                },
                new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = false }),
        };
        return file;
    }

    public static BpeTokenizer Load(this JsonObject file)
        => BpeTokenizer.Load(JsonSerializer.SerializeToUtf8Bytes(file), File);
}
