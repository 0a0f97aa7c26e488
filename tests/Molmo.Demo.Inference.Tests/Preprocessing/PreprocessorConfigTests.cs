using Molmo.Demo.Inference.Preprocessing;

namespace Molmo.Demo.Inference.Tests.Preprocessing;

public sealed class PreprocessorConfigTests
{
    [Fact]
    public void Load_TinyModel_ReadsItsOwnSizes()
    {
        var config = PreprocessorConfig.Load(TestData.TinyModel);
        Assert.Equal((196, 14, 2, 2, 1, 7), (config.BaseSize, config.PatchSize, config.MarginBefore, config.MarginAfter,
            config.MaxCrops, config.TokenSide));
        Assert.Equal(
            (14, 10, 140, 56), (config.PatchSide, config.WindowSide, config.WindowPixels, config.MarginPixels));
        Assert.Equal(0.48145466f, config.Mean[0]);
        Assert.Equal(0.27577711f, config.Std[2]);
    }

    [Fact]
    public void Load_AbsentFields_AreThePublishedOnes()
    {
        var config = Load("{}");
        var published = new PreprocessorConfig();
        Assert.Equal(published with { Mean = config.Mean, Std = config.Std }, config);
        Assert.Equal(published.Mean, config.Mean);
        Assert.Equal(published.Std, config.Std);
        Assert.Equal((336, 24, 16, 224, 112),
            (config.BaseSize, config.PatchSide, config.WindowSide, config.WindowPixels, config.MarginPixels));
    }

    [Theory]
    [InlineData("{\"base_image_input_size\":[336,224]}", "base_image_input_size")]
    [InlineData("{\"base_image_input_size\":336}", "base_image_input_size")]
    [InlineData("{\"base_image_input_size\":[335,335]}", "base_image_input_size")]
    [InlineData("{\"base_image_input_size\":[0,0]}", "base_image_input_size")]
    [InlineData(
        "{\"base_image_input_size\":[33600,33600],\"image_token_length_h\":1200,\"image_token_length_w\":1200}",
        "base_image_input_size")]
    [InlineData("{\"image_patch_size\":0}", "image_patch_size")]
    [InlineData("{\"image_patch_size\":14.5}", "image_patch_size")]
    [InlineData("{\"image_patch_size\":\"14\"}", "image_patch_size")]
    [InlineData("{\"image_token_length_h\":6,\"image_token_length_w\":6}", "image_token_length_h")]
    [InlineData("{\"image_token_length_w\":6}", "image_token_length_w")]
    [InlineData("{\"overlap_margins\":[4]}", "overlap_margins")]
    [InlineData("{\"overlap_margins\":[3,4]}", "overlap_margins")]
    [InlineData("{\"overlap_margins\":[-2,4]}", "overlap_margins")]
    [InlineData("{\"overlap_margins\":[12,12]}", "overlap_margins")]
    [InlineData("{\"max_crops\":0}", "max_crops")]
    [InlineData("{\"max_crops\":100000}", "max_crops")]
    [InlineData("{\"max_crops\":null}", "max_crops")]
    [InlineData("{\"image_mean\":[0.5,0.5]}", "image_mean")]
    [InlineData("{\"image_mean\":[0.5,0.5,\"x\"]}", "image_mean")]
    [InlineData("{\"image_std\":[0.5,0,0.5]}", "image_std")]
    [InlineData("{\"image_std\":0.5}", "image_std")]
    [InlineData("{\"image_padding_mask\":false}", "image_padding_mask")]
    [InlineData("{\"do_normalize\":false}", "do_normalize")]
    [InlineData("[]", null)]
    [InlineData("{", null)]
    [InlineData("", null)]
    public void Load_WhatCannotBeFollowed_IsRefusedByField(string json, string? field)
    {
        var error = Assert.Throws<ModelFormatException>(() => Load(json));
        Assert.Equal(field, error.Subject);
        Assert.EndsWith(PreprocessorConfig.FileName, error.File, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoFile_IsRefusedWithItsPath()
    {
        string folder = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        Assert.Equal(Path.Combine(folder, PreprocessorConfig.FileName),
            Assert.Throws<ModelFormatException>(() => PreprocessorConfig.Load(folder)).File);
    }

    private static PreprocessorConfig Load(string json)
    {
        var folder = Directory.CreateTempSubdirectory("molmo-preprocessor-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, PreprocessorConfig.FileName), json);
            return PreprocessorConfig.Load(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
