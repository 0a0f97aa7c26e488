using Molmo.Demo.Inference.Model;

namespace Molmo.Demo.Inference.Tests.Model;

/// <summary>What lies in place of a checkpoint's file is called what it is.</summary>
public sealed class StandInTests
{
    private const string Pointer =
        "version https://git-lfs.github.com/spec/v1\n"
        + "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 14091224\n";

    private const string OldPointer = "version https://hawser.github.com/spec/v1\noid sha256:00\nsize 1\n";

    public static TheoryData<string, string, string> StandIns()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var file in (string[])["model.safetensors", "config.json", "preprocessor_config.json",
            "tokenizer.json", "tokenizer_config.json", "generation_config.json"])
        {
            const string pull = "this is a Git LFS pointer, not the file itself. Run `git lfs pull`";
            const string page = "this is a web page (HTML), not the file itself. Whatever fetched it was given a login";
            data.Add(file, Pointer, pull);
            data.Add(file, OldPointer, pull);
            data.Add(file, "<!DOCTYPE html>\n<html><title>Sign in</title></html>", page);
            data.Add(file, "\r\n  <HTML lang=\"en\">", page);
            data.Add(file, "\uFEFF<!doctype html>", page);
            data.Add(file, "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", page);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(StandIns))]
    public void Open_SomethingElseInPlaceOfAFile_SaysWhatItIs(string file, string content, string expected)
    {
        using var folder = Copy();
        File.WriteAllText(folder.File(file), content);

        var refusal = Assert.Throws<ModelFormatException>(() => Checkpoint.Open(folder.Path));

        Assert.Equal(folder.File(file), refusal.File);
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("header length", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.safetensors.index.json", "pytorch_model.bin")]
    [InlineData("pytorch_model.bin", "")]
    [InlineData("pytorch_model.bin.index.json", "")]
    public void Open_PointerInPlaceOfOtherWeights_SaysSo(string file, string alsoThere)
    {
        using var folder = Copy();
        File.Delete(folder.File("model.safetensors"));
        if (alsoThere.Length > 0) File.WriteAllText(folder.File(alsoThere), Pointer);
        File.WriteAllText(folder.File(file), Pointer);

        var refusal = Assert.Throws<ModelFormatException>(() => Checkpoint.Open(folder.Path));

        Assert.Equal(folder.File(file), refusal.File);
        Assert.Contains("git lfs pull", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Entry not found", "begins with \"Entry no\"")]
    [InlineData("{\"error\": \"Invalid username or password.\"}", "begins with \"{\"error\"")]
    [InlineData("/annex/objects/SHA256E-s1--00.safetensors", "begins with \"/annex/o\"")]
    public void Open_TextInPlaceOfWeights_IsShownAndNotReadAsALength(string content, string expected)
    {
        using var folder = Copy();
        File.WriteAllText(folder.File("model.safetensors"), content);

        var refusal = Assert.Throws<ModelFormatException>(() => Checkpoint.Open(folder.Path));

        Assert.Contains($"the file is text, not weights: it {expected}", refusal.Message, StringComparison.Ordinal);
    }

    private static TemporaryFolder Copy()
    {
        var folder = new TemporaryFolder();
        foreach (var file in Directory.EnumerateFiles(TestData.TinyModel))
            File.Copy(file, folder.File(Path.GetFileName(file)));
        return folder;
    }
}
