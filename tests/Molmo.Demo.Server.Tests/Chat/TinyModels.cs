using System.Buffers.Binary;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Chat;

/// <summary>Copies of the tiny model with one thing changed, each made once below a folder.</summary>
internal static class TinyModels
{
    /// <summary>Without the list of what it knows, which says that it takes single questions only.</summary>
    public static string Conversing(TemporaryFolder parent)
    {
        var folder = parent.Combine("conversing");
        if (Directory.Exists(folder)) return folder;
        Directory.CreateDirectory(folder);
        foreach (var file
            in Directory.EnumerateFiles(TestData.TinyModel).Where(file => Path.GetFileName(file) != "knows.json"))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return folder;
    }

    /// <summary>
    /// With a tokenizer in which two tenths of a percent are exchanged: it points at 20.5 where the tiny model points
    /// at 20.1, and the other way round.
    /// </summary>
    /// <param name="parent">Where it is made.</param>
    /// <param name="name">Name of its folder.</param>
    public static string Swapped(TemporaryFolder parent, string name = "swapped-tiny")
    {
        var folder = parent.Combine(name);
        if (Directory.Exists(folder)) return folder;
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(TestData.TinyModel))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        var tokenizer = Path.Combine(folder, "tokenizer.json");
        var whole = File.ReadAllText(tokenizer);
        var swapped = whole.Replace("\".1\"", "\".?\"", StringComparison.Ordinal)
            .Replace("\".5\"", "\".1\"", StringComparison.Ordinal)
            .Replace("\".?\"", "\".5\"", StringComparison.Ordinal);
        if (swapped == whole)
            throw new InvalidOperationException("The tiny model's tokenizer has no tokens for tenths.");
        File.Delete(tokenizer);
        File.WriteAllText(tokenizer, swapped);
        return folder;
    }

    /// <summary>What <see cref="Swapped"/> writes where the tiny model writes this.</summary>
    public static string Swap(string text)
        => text.Replace(".1\"", ".?\"", StringComparison.Ordinal).Replace(".5\"", ".1\"", StringComparison.Ordinal)
            .Replace(".?\"", ".5\"", StringComparison.Ordinal);

    /// <summary>As <see cref="Conversing"/>, and reads only so many tokens, answer included.</summary>
    public static string Narrow(TemporaryFolder parent, int positions)
    {
        var folder = parent.Combine($"narrow-{positions}");
        if (Directory.Exists(folder)) return folder;
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(Conversing(parent)))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        var config = Path.Combine(folder, "config.json");
        var whole = File.ReadAllText(config);
        var narrow = whole.Replace(
            "\"max_position_embeddings\": 4096", $"\"max_position_embeddings\": {positions}", StringComparison.Ordinal);
        if (narrow == whole)
            throw new InvalidOperationException("The tiny model's configuration does not say how much it reads.");
        File.Delete(config);
        File.WriteAllText(config, narrow);
        return folder;
    }

    /// <summary>Never finds an end by itself: time to interrupt it.</summary>
    public static string Endless(TemporaryFolder parent)
    {
        var folder = parent.Combine("endless");
        if (Directory.Exists(folder)) return folder;
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(TestData.TinyModel))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        // The end token gets the output layer's row of token 0, a byte that no text has: it is never the likeliest.
        var weights = Path.Combine(folder, "model.safetensors");
        var bytes = File.ReadAllBytes(weights);
        var headerLength = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, headerLength));
        var output = header.RootElement.GetProperty("model.transformer.ff_out.weight");
        var rowLength = output.GetProperty("shape")[1].GetInt32() * sizeof(float);
        var endOfText = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "generation_config.json"))).RootElement
            .GetProperty("eos_token_id").GetInt32();
        var rows = bytes.AsSpan(8 + headerLength + output.GetProperty("data_offsets")[0].GetInt32());
        rows[..rowLength].CopyTo(rows[(endOfText * rowLength)..]);
        File.Delete(weights);
        File.WriteAllBytes(weights, bytes);
        return folder;
    }
}
