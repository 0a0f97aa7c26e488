using Molmo.Demo.Inference;
using Molmo.Demo.Inference.Model;
using Molmo.Demo.Server.Commands;
using Molmo.Demo.Server.Engines;

namespace Molmo.Demo.Server.Tests.Commands;

/// <summary>From <c>convert</c> to the start that maps what it wrote.</summary>
public sealed class ConvertCommandTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Convert_FolderOfACheckpoint_WritesBesideItAndLaterStartsMapIt()
    {
        using var folder = new TemporaryFolder();
        var checkpoint = Copy(folder, "model");
        var (code, output, error) = await RunAsync("convert", checkpoint.Folder, "--weights", "int8");
        Assert.True(code == 0, error);
        var path = Assert.Single(Directory.GetFiles(Path.Combine(checkpoint.Folder, "packed")));
        Assert.Equal($"{checkpoint.Revision}-int8.packed", Path.GetFileName(path));
        Assert.Contains(path, output, StringComparison.Ordinal);
        Assert.Contains("of 4.", error, StringComparison.Ordinal);

        var notes = new List<string>();
        await using (var model = Load(checkpoint, WeightSetting.Int8, notes))
        {
            Assert.Equal(path, model.PackedFile);
            Assert.Equal("int8", model.Precision);
        }

        // Left to itself, a start takes what was made for it.
        await using (var model = Load(checkpoint, WeightSetting.Auto, notes))
            Assert.Equal((path, "int8"), (model.PackedFile, model.Precision));
        await using (var model = Load(checkpoint, WeightSetting.Int4, notes))
            Assert.Equal((null, "int4"), (model.PackedFile, model.Precision));
        Assert.Empty(notes);
    }

    [Fact]
    public async Task Start_PackedFileThatIsBroken_SaysSoAndConverts()
    {
        using var folder = new TemporaryFolder();
        var checkpoint = Copy(folder, "model");
        var path = PackedPlaces.Of(checkpoint, WeightPrecision.Int8, VisionPrecision.Auto)[0];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(
            path, "no packed file, but long enough to be looked at: sixty-four bytes and more", Token);
        var notes = new List<string>();
        await using var model = Load(checkpoint, WeightSetting.Int8, notes);
        Assert.Equal((null, "int8"), (model.PackedFile, model.Precision));
        var note = Assert.Single(notes);
        Assert.Contains(path, note, StringComparison.Ordinal);
        Assert.Contains("converted from the checkpoint instead", note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Convert_FileOfItsOwn_IsUsedWhereItIsNamedAndRefusedForAnotherCheckpoint()
    {
        using var folder = new TemporaryFolder();
        var (checkpoint, path) = (Copy(folder, "model"), folder.Combine("elsewhere/tiny"));
        var (code, _, error) = await RunAsync("convert", checkpoint.Folder, "--weights", "int4", "--out", path);
        Assert.True(code == 0, error);
        Assert.False(Directory.Exists(Path.Combine(checkpoint.Folder, "packed")));
        var notes = new List<string>();
        await using (var model = Load(checkpoint, WeightSetting.Auto, notes, path))
            Assert.Equal((path, "int4"), (model.PackedFile, model.Precision));
        Assert.Empty(notes);

        await using (var model = Load(checkpoint, WeightSetting.Int8, notes, path))
            Assert.Equal((null, "int8"), (model.PackedFile, model.Precision));
        Assert.Contains("int4", Assert.Single(notes), StringComparison.Ordinal);

        notes.Clear();
        await File.AppendAllTextAsync(Path.Combine(checkpoint.Folder, "config.json"), " ", Token);
        var changed = Checkpoint.Open(checkpoint.Folder);
        await using (var model = Load(changed, WeightSetting.Auto, notes, path)) Assert.Null(model.PackedFile);
        Assert.Contains(checkpoint.Revision, Assert.Single(notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_EncoderOfAnotherPrecision_TakesNoFileOfThisOne()
    {
        using var folder = new TemporaryFolder();
        var checkpoint = Copy(folder, "model");
        var notes = new List<string>();
        var (code, _, error) = await RunAsync("convert", checkpoint.Folder, "--weights", "int8");
        Assert.True(code == 0, error);
        var options = new MolmoOptions { Weights = WeightSetting.Int8, Vision = VisionPrecision.Exact };
        await using (var model = Load(checkpoint, options, notes)) Assert.Null(model.PackedFile);
        Assert.Empty(notes);

        // Named, it is looked at: then there is something to say.
        var path = PackedPlaces.Of(checkpoint, WeightPrecision.Int8, VisionPrecision.Auto)[0];
        await using (var model = Load(checkpoint, options with { Packed = path }, notes))
            Assert.Null(model.PackedFile);
        Assert.Contains("picture encoder", Assert.Single(notes), StringComparison.Ordinal);
        await using (var model = Load(checkpoint, options with { Vision = VisionPrecision.Int8 }, notes))
            Assert.Equal(path, model.PackedFile);
        Assert.EndsWith("-int8-vision-float32.packed",
            PackedPlaces.Of(checkpoint, WeightPrecision.Int8, VisionPrecision.Exact)[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Convert_WhatCannotBe_IsOneSentence()
    {
        using var folder = new TemporaryFolder();
        var (code, output, error) = await RunAsync("convert", folder.Combine("none"));
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("does not exist", error, StringComparison.Ordinal);

        await File.WriteAllTextAsync(folder.Combine("file"), "mine", Token);
        (code, output, error) = await RunAsync("convert", TestData.TinyModel, "--out", folder.Combine("file/packed"));
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("cannot be written", error, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(folder.Combine("file"), Token));
    }

    [Fact]
    public void Of_SnapshotInAHubCache_LiesBesideTheSnapshots()
    {
        using var folder = new TemporaryFolder();
        var commit = new string('a', 40);
        var checkpoint = Copy(folder, $"models--allenai--Molmo/snapshots/{commit}");
        Assert.Equal(folder.Combine("models--allenai--Molmo/packed/aaaaaaaaaaaa-int8.packed"),
            PackedPlaces.Of(checkpoint, WeightPrecision.Int8, VisionPrecision.Auto)[0]);
    }

    [Theory]
    [InlineData(ModelFamily.Qwen2, WeightPrecision.Int8, VisionPrecision.Auto, "r-int8.packed")]
    [InlineData(ModelFamily.Qwen2, WeightPrecision.Int4, VisionPrecision.Auto, "r-int4.packed")]
    [InlineData(ModelFamily.Qwen2, WeightPrecision.Int8, VisionPrecision.Exact, "r-int8-vision-float32.packed")]
    [InlineData(ModelFamily.Olmoe, WeightPrecision.Int8, VisionPrecision.Auto, "r-int8-vision-float32.packed")]
    [InlineData(ModelFamily.Olmoe, WeightPrecision.Int4, VisionPrecision.Int8, "r-int4.packed")]
    [InlineData(ModelFamily.Olmoe, WeightPrecision.BFloat16, VisionPrecision.Auto, "r-bfloat16.packed")]
    public void NameOf_Encoder_SaysWhatTheFileHolds(
        ModelFamily family, WeightPrecision precision, VisionPrecision vision, string expected)
        => Assert.Equal(expected, PackedPlaces.NameOf("r", precision, vision.With(precision, family)));

    [Fact]
    public void Prepare_FirstPlaceClosed_TakesTheNext()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Combine("closed"), "");
        Assert.Equal(
            folder.Combine("open/b"), PackedPlaces.Prepare([folder.Combine("closed/a"), folder.Combine("open/b")]));
        Assert.Empty(Directory.GetFiles(folder.Combine("open")));
        Assert.ThrowsAny<IOException>(() => PackedPlaces.Prepare([folder.Combine("closed/a")]));
    }

    private static Checkpoint Copy(TemporaryFolder folder, string name)
    {
        var path = folder.Combine(name);
        Directory.CreateDirectory(path);
        foreach (var file in Directory.GetFiles(TestData.TinyModel))
            File.Copy(file, Path.Combine(path, Path.GetFileName(file)));
        return Checkpoint.Open(path);
    }

    private static LoadedModel Load(
        Checkpoint checkpoint, WeightSetting weights, List<string> notes, string? packed = null)
        => Load(checkpoint, new MolmoOptions { Weights = weights, Packed = packed }, notes);

    private static LoadedModel Load(Checkpoint checkpoint, MolmoOptions options, List<string> notes)
        => ModelLoader.Load(checkpoint, options, new ManagedLoading(options), progress: null, notes.Add, Token);

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
