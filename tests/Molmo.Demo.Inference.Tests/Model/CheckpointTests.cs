using Molmo.Demo.Inference.Model;
using Molmo.Demo.Inference.Weights;

namespace Molmo.Demo.Inference.Tests.Model;

public sealed class CheckpointTests
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    [Fact]
    public void Open_EmbeddedCheckpoint_KnowsItself()
    {
        var checkpoint = Checkpoint.Open(TestData.TinyModel);
        Assert.Equal(Path.GetFileName(TestData.TinyModel), checkpoint.Name);
        Assert.Equal(12, checkpoint.Revision.Length);
        Assert.All(checkpoint.Revision, digit => Assert.Contains(digit, "0123456789abcdef"));
        var first = checkpoint.Config.VocabularySize;
        Assert.Equal((first, first + 1, first + 2, first + 3), (
            checkpoint.Special.ImageStart, checkpoint.Special.ImageEnd, checkpoint.Special.ImagePatch,
            checkpoint.Special.ImageColumn));
        // Any other token may stand within an answer.
        Assert.Equal([checkpoint.Special.Bos], checkpoint.EndTokenIds);
        Assert.Equal(checkpoint.Config.Vision.ImageHeight, checkpoint.Preprocessor.BaseSize);
        Assert.Equal(checkpoint.Revision, Checkpoint.Open(TestData.TinyModel + Path.DirectorySeparatorChar).Revision);
    }

    [Fact]
    public void Open_OtherContent_HasAnotherRevision()
    {
        using var folder = Copy();
        var before = Checkpoint.Open(folder.Path).Revision;
        Assert.Equal(Checkpoint.Open(TestData.TinyModel).Revision, before);
        var weights = folder.File(WeightStore.SingleFile);
        var bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);
        Assert.NotEqual(before, Checkpoint.Open(folder.Path).Revision);
    }

    [Fact]
    public void Open_HubSnapshot_IsCalledByOwnerNameAndCommit()
    {
        using var cache = new TemporaryFolder();
        var snapshot = Path.Combine(cache.Path, "models--allenai--Molmo-7B-D-0924", "snapshots", Commit);
        Directory.CreateDirectory(snapshot);
        foreach (var file in Directory.EnumerateFiles(TestData.TinyModel))
            File.CreateSymbolicLink(Path.Combine(snapshot, Path.GetFileName(file)), file);
        var checkpoint = Checkpoint.Open(snapshot);
        Assert.Equal("allenai/Molmo-7B-D-0924", checkpoint.Name);
        Assert.Equal(Commit[..12], checkpoint.Revision);
    }

    [Fact]
    public void Open_MissingFolder_SaysSo()
    {
        Assert.Contains("there is no such folder", Refusal("/nowhere/at-all"), StringComparison.Ordinal);
        Assert.Contains("there is no such folder", Refusal(Path.Combine(TestData.TinyModel, "config.json")),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("preprocessor_config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("model.safetensors")]
    public void Open_MissingOrBrokenFile_NamesIt(string name)
    {
        using var folder = Copy();
        File.Delete(folder.File(name));
        Assert.Contains(name, Refusal(folder.Path), StringComparison.Ordinal);
        File.WriteAllText(folder.File(name), "{\"a\":");
        Assert.Contains(name, Refusal(folder.Path), StringComparison.Ordinal);
        File.WriteAllBytes(folder.File(name), []);
        Assert.Contains(name, Refusal(folder.Path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("generation_config.json", "[]", "generation_config.json: is not a JSON object")]
    [InlineData("generation_config.json", "{\"eos_token_id\": 100000000}", "eos_token_id: is 100000000")]
    [InlineData("tokenizer_config.json", "{\"eos_token\": \"<|no such|>\"}", "which the tokenizer does not have")]
    [InlineData("tokenizer_config.json", "{\"eos_token\": 5}", "eos_token: is not the text of a token")]
    public void Open_BrokenSettings_NamesThem(string name, string json, string sentence)
    {
        using var folder = Copy();
        File.WriteAllText(folder.File(name), json);
        Assert.Contains(sentence, Refusal(folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_EndTokensOfAllSources_AreJoined()
    {
        using var folder = Copy();
        File.WriteAllText(folder.File("generation_config.json"), "{\"eos_token_id\": [7, 9, 7]}");
        File.WriteAllText(folder.File("tokenizer_config.json"), "{\"eos_token\": {\"content\": \"<|endoftext|>\"}}");
        var checkpoint = Checkpoint.Open(folder.Path);
        Assert.Equal([7, 9, checkpoint.Special.Bos], checkpoint.EndTokenIds);
        File.Delete(folder.File("generation_config.json"));
        File.Delete(folder.File("tokenizer_config.json"));
        Assert.Equal([checkpoint.Special.Bos], Checkpoint.Open(folder.Path).EndTokenIds);
    }

    [Theory]
    [InlineData("\"hidden_size\": 192", "\"hidden_size\": 384", "expected [832, 384], found [832, 192]")]
    [InlineData(
        "\"num_hidden_layers\": 4", "\"num_hidden_layers\": 5",
        "model.transformer.blocks.4.attn_norm.weight: is missing")]
    [InlineData(
        "\"qkv_bias\": true", "\"qkv_bias\": true, \"attention_layer_norm\": true",
        "model.transformer.blocks.0.q_norm.weight: is missing")]
    [InlineData(
        "\"vocab_size\": 832", "\"vocab_size\": 828",
        "<im_start>: has id 832, but vocab_size 828 of config.json makes it 828")]
    [InlineData("[196, 196]", "[252, 252]", "base_image_input_size: is 196, but the network of config.json takes 252")]
    public void Open_ConfigThatFitsNothing_SaysWhatDiffers(string field, string other, string sentence)
    {
        using var folder = Copy();
        var config = File.ReadAllText(folder.File(ModelConfig.FileName));
        Assert.SkipUnless(config.Contains(field, StringComparison.Ordinal), $"The embedded checkpoint has no {field}.");
        // A second mention wins where the change repeats a field; what stands first is then the original.
        File.WriteAllText(folder.File(ModelConfig.FileName),
            config.Replace("\"attention_layer_norm\": false,", "", StringComparison.Ordinal)
                .Replace(field, other, StringComparison.Ordinal));
        Assert.Contains(sentence, Refusal(folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_TruncatedWeights_SaysCutShort()
    {
        using var folder = Copy();
        using (var stream = File.OpenWrite(folder.File(WeightStore.SingleFile))) stream.SetLength(stream.Length / 2);
        Assert.Contains("cut short", Refusal(folder.Path), StringComparison.Ordinal);
    }

    private static TemporaryFolder Copy()
    {
        var folder = new TemporaryFolder();
        foreach (var file in Directory.EnumerateFiles(TestData.TinyModel))
            File.Copy(file, folder.File(Path.GetFileName(file)));
        return folder;
    }

    private static string Refusal(string folder)
    {
        var message = Assert.Throws<ModelFormatException>(() => Checkpoint.Open(folder)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
