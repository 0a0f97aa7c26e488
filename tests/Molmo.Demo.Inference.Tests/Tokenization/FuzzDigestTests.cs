using System.Buffers.Binary;
using System.Security.Cryptography;
using Molmo.Demo.Inference.Tokenization;

namespace Molmo.Demo.Inference.Tests.Tokenization;

/// <summary>
/// 20,000 fuzzed texts a tokenizer against digests of what the merger, the splitter and the tables of form C written by
/// hand for this repository made of them. That code is gone; it agreed with all golden vectors. The embedded
/// checkpoint's tokenizer of that day is kept beside the digests.
/// </summary>
public sealed class FuzzDigestTests
{
    private const string Tiny = "molmo-tiny";
    private const int BatchSize = 200;

    private static readonly string Folder =
        Path.Combine(TestData.Repository, "tests", "Molmo.Demo.Inference.Tests", "Tokenization");

    private static readonly JsonElement Stored =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "fuzz-digests.json"))).RootElement;

    public static TheoryData<string> Sets => [.. Stored.EnumerateObject().Select(set => set.Name)];

    [Slow]
    [Theory]
    [MemberData(nameof(Sets))]
    public void EncodeAndDecode_FuzzedTexts_GiveTheStoredDigests(string set)
    {
        byte[] json = set == Tiny
            ? File.ReadAllBytes(Path.Combine(Folder, "fuzz-tokenizer.json"))
            : TokenizerSets.ReadFile(set);
        string file = Convert.ToHexStringLower(SHA256.HashData(json));
        string expectedFile = Stored.GetProperty(set).GetProperty("file").GetString()!;
        if (set == Tiny) Assert.Equal(expectedFile, file);
        Assert.SkipUnless(file == expectedFile, $"The tokenizer of {set} is not the file that the digests are of.");
        var tokenizer = BpeTokenizer.Load(json, $"{set}/tokenizer.json");

        var wrong = new List<string>();
        int batch = 0;
        foreach (var expected in Stored.GetProperty(set).GetProperty("batches").EnumerateArray())
        {
            string found = Digest(tokenizer, batch);
            if (found != expected.GetString()) wrong.Add($"seed {batch}: expected {expected}, found {found}");
            batch++;
        }
        Assert.Equal(100, batch);
        Assert.True(wrong.Count == 0,
            $"{wrong.Count} of {batch} batches of {BatchSize} texts differ:\n{string.Join('\n', wrong.Take(5))}");
    }

    /// <summary>Of ids, decoded text and streamed pieces of a batch of texts, and the same of random ids.</summary>
    /// <param name="tokenizer">Whose ids.</param>
    /// <param name="batch">Its number, which is its seed too.</param>
    private static string Digest(BpeTokenizer tokenizer, int batch)
    {
        var texts = new FuzzText((ulong)batch);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < BatchSize; i++)
        {
            string text = texts.Next();
            Append(hash, tokenizer.Encode(text));
            int[] ids = tokenizer.Encode(text, allowSpecial: true);
            Append(hash, ids);
            AppendDecoded(hash, tokenizer, ids);
            int[] random = new int[texts.Below(9)];
            foreach (ref int id in random.AsSpan()) id = texts.Below(tokenizer.Count + 3);
            AppendDecoded(hash, tokenizer, random);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }

    private static void AppendDecoded(IncrementalHash hash, BpeTokenizer tokenizer, int[] ids)
    {
        string whole = tokenizer.Decode(ids, skipSpecial: false);
        Append(hash, whole);
        Append(hash, tokenizer.Decode(ids, skipSpecial: true));
        var decoder = new TokenStreamDecoder(tokenizer, skipSpecial: false);
        string[] steps = [.. ids.Select(decoder.Append), decoder.Flush()];
        Assert.Equal(whole, string.Concat(steps));
        foreach (string step in steps) Append(hash, step);
    }

    private static void Append(IncrementalHash hash, int[] ids)
    {
        AppendLength(hash, ids.Length);
        hash.AppendData(MemoryMarshal.AsBytes(ids.AsSpan()));
    }

    private static void Append(IncrementalHash hash, string text)
    {
        AppendLength(hash, text.Length);
        hash.AppendData(MemoryMarshal.AsBytes(text.AsSpan()));
    }

    private static void AppendLength(IncrementalHash hash, int length)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        hash.AppendData(bytes);
    }
}
