using System.Text.Json.Nodes;
using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Inference.Tests.Tokenization;

public sealed class TokenizerFileTests
{
    public static TheoryData<string, string> Refusals => new()
    {
        { "model is missing", "model" },
        { "model of another type", "model" },
        { "dropout", "model.dropout" },
        { "byte fallback", "model.byte_fallback" },
        { "ignore merges", "model.ignore_merges" },
        { "subword prefix", "model.continuing_subword_prefix" },
        { "vocabulary is missing", "model.vocab" },
        { "a byte is missing", "0x41" },
        { "an id twice", "model.vocab: id 65" },
        { "an id below zero", "model.vocab, token `A`" },
        { "an id too large", "model.vocab, token `A`" },
        { "an id that is text", "model.vocab, token `A`" },
        { "merges are missing", "model.merges" },
        { "merge of an unknown token", "`zq x`" },
        { "merge into an unknown token", "`xy`" },
        { "merge of one token", "model.merges, number 0" },
        { "merge of three tokens", "model.merges, number 0" },
        { "merge twice", "appears twice" },
        { "merge outside the alphabet", "alphabet" },
        { "normalizer of another type", "normalizer" },
        { "pre-tokenizer is missing", "pre_tokenizer" },
        { "pre-tokenizer of another type", "pre_tokenizer" },
        { "prefix space", "add_prefix_space" },
        { "byte level without expression", "use_regex" },
        { "unknown expression", "pre_tokenizer.Split" },
        { "unknown behavior", "pre_tokenizer.Split" },
        { "decoder of another type", "decoder" },
        { "post-processor of another type", "post_processor" },
        { "added token that strips", "lstrip" },
        { "added token without content", "content" },
        { "added token with the id of another", "`A`" },
        { "added token with another id than in the vocabulary", "model.vocab" },
        { "added token twice", "appears twice" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Load_WhatIsNotKnown_IsRefusedByFileAndPlace(string what, string named)
    {
        var error = Assert.Throws<ModelFormatException>(() => Broken(what).Load());
        Assert.Equal(TokenizerJson.File, error.File);
        Assert.StartsWith(TokenizerJson.File, error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{\"model\":{\"type\":\"\\uD800\"}}")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"\\uD800\":1}}}")]
    public void Load_NoTokenizerInJson_IsRefused(string json)
        => Assert.Throws<ModelFormatException>(
            () => BpeTokenizer.Load(Encoding.UTF8.GetBytes(json), TokenizerJson.File));

    [Fact]
    public void Load_NoFile_IsRefusedWithItsPath()
    {
        string path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"), "tokenizer.json");
        Assert.Equal(path, Assert.Throws<ModelFormatException>(() => BpeTokenizer.Load(path)).File);
    }

    [Fact]
    public void Load_KnownForms_Succeeds()
    {
        Assert.NotNull(TokenizerJson.Bytes().WithSplit(TokenizerJson.Qwen2Expression).Load());
        Assert.NotNull(TokenizerJson.Bytes().WithSplit(TokenizerJson.Cl100kExpression, "Removed", invert: true).Load());
        Assert.NotNull(TokenizerJson.Bytes().WithSplit(TokenizerJson.Gpt2Expression).Load());
    }

    [Fact]
    public void Load_ByteOrderMark_IsPassedOver()
    {
        byte[] plain = Encoding.UTF8.GetBytes(TokenizerJson.Bytes().ToJsonString());

        Assert.NotNull(BpeTokenizer.Load((byte[])[.. Encoding.UTF8.Preamble, .. plain], TokenizerJson.File));
    }

    private static JsonObject Broken(string what)
    {
        var file = TokenizerJson.Bytes();
        var model = file["model"]!.AsObject();
        var vocabulary = model["vocab"]!.AsObject();
        var merges = model["merges"]!.AsArray();
        var preTokenizer = file["pre_tokenizer"]!.AsObject();
        switch (what)
        {
            case "model is missing": file.Remove("model"); break;
            case "model of another type": model["type"] = "WordPiece"; break;
            case "dropout": model["dropout"] = 0.1; break;
            case "byte fallback": model["byte_fallback"] = true; break;
            case "ignore merges": model["ignore_merges"] = true; break;
            case "subword prefix": model["continuing_subword_prefix"] = "##"; break;
            case "vocabulary is missing": model.Remove("vocab"); break;
            case "a byte is missing": vocabulary.Remove("A"); break;
            case "an id twice": vocabulary["xy"] = 65; break;
            case "an id below zero": vocabulary["A"] = -1; break;
            case "an id too large": vocabulary["A"] = 2_000_000_000; break;
            case "an id that is text": vocabulary["A"] = "65"; break;
            case "merges are missing": model.Remove("merges"); break;
            case "merge of an unknown token": merges.Add("zq x"); break;
            case "merge into an unknown token": merges.Add("x y"); break;
            case "merge of one token": merges.Add("x"); break;
            case "merge of three tokens": merges.Add(new JsonArray("x", "y", "z")); break;
            case "merge twice": file.WithMerge("x", "y", 256).WithMerge("x", "y", 256); break;
            case "merge outside the alphabet": vocabulary["日"] = 256; file.WithMerge("日", "x", 257); break;
            case "normalizer of another type": file["normalizer"] = new JsonObject { ["type"] = "NFKC" }; break;
            case "pre-tokenizer is missing": file.Remove("pre_tokenizer"); break;
            case "pre-tokenizer of another type": preTokenizer["type"] = "Metaspace"; break;
            case "prefix space": preTokenizer["add_prefix_space"] = true; break;
            case "byte level without expression": preTokenizer["use_regex"] = false; break;
            case "unknown expression": file.WithSplit(@"\S+|\s+"); break;
            case "unknown behavior": file.WithSplit(TokenizerJson.Qwen2Expression, "MergedWithPrevious"); break;
            case "decoder of another type": file["decoder"] = new JsonObject { ["type"] = "WordPiece" }; break;
            case "post-processor of another type":
                file["post_processor"] = new JsonObject { ["type"] = "BertProcessing" };
                break;
            case "added token that strips": file.WithAdded(300, "<x>")["added_tokens"]![0]!["lstrip"] = true; break;
            case "added token without content": file.WithAdded(300, ""); break;
            case "added token with the id of another": file.WithAdded(65, "<x>"); break;
            case "added token with another id than in the vocabulary": file.WithAdded(300, "A"); break;
            case "added token twice": file.WithAdded(300, "<x>").WithAdded(300, "<x>"); break;
            default: throw new ArgumentOutOfRangeException(nameof(what), what, "Not a known fault.");
        }
        return file;
    }
}
