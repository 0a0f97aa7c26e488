using Molmo.Demo.Lab.Data;
using Molmo.Demo.Lab.Training;
using Molmo.Demo.Server.Commands;
using Molmo.Demo.Server.Tests.Commands;

namespace Molmo.Demo.Server.Tests.Lab.Training;

/// <summary>Which examples a stage draws, how a training is described, and what it costs.</summary>
public sealed class MixtureTests
{
    [Fact]
    public void Shares_OfGroups_AreTheirRatesAndInsideTheRootsOfTheSizes()
    {
        // Groups 1 : 3. In the second, sizes 100 and 900: roots 10 and 30.
        var mixture = new Mixture(
        [
            (new DataPart("a") { Group = "talk", Rate = 0.1 }, new Numbers(5, false)),
            (new DataPart("b") { Group = "skills", Rate = 0.3 }, new Numbers(100, true)),
            (new DataPart("c") { Group = "skills", Rate = 0.3, Size = 900 }, new Numbers(7, true)),
        ]);
        Assert.Equal([0.25, 0.1875, 0.5625], mixture.Shares.Select(share => Math.Round(share, 9)));
        var random = new Random(1);
        var drawn = Enumerable.Range(0, 4000).Select(i => mixture.Draw(random, 1_000_000 + i).Annotations[0]).ToList();
        Assert.InRange(drawn.Count(item => item.Style == "5"), 920, 1080);
        Assert.InRange(drawn.Count(item => item.Style == "100"), 680, 820);
        // A generator is asked for what it never made; a table for what it has.
        Assert.All(drawn, item => Assert.Equal(
            item.Style == "5", long.Parse(item.Answer, CultureInfo.InvariantCulture) >= 1_000_000));
        Assert.Equal(7, drawn.Where(item => item.Style == "7").Select(item => item.Answer).Distinct().Count());
    }

    [Fact]
    public void Of_AThing_TellsItsPatchesWhereItsCentreLies()
    {
        var targets = PatchTargets.Of(TrainingData.Dogs, TrainingData.Preprocessing, TrainingData.Labels);
        // 160 x 120 in 112 pixels: 112 x 84, 14 pixels, that is one patch, above and below. Patches have 14 pixels.
        // The first dog's centre at 20 %, 30 %: x = 1.6, y = 1 + 6 * 0.3 = 2.8 patches.
        var patch = (2 * 8) + 1;
        Assert.Equal((1, 1f), (targets.Labels[patch], targets.Centres[patch]));
        Assert.Equal(0.1, targets.Offsets[2 * patch], 5);
        Assert.Equal(0.3, targets.Offsets[(2 * patch) + 1], 5);
        Assert.Equal(2, targets.Centres.Sum());
        Assert.Equal(0, targets.Labels[0]);
        var unknown = PatchTargets.Of(
            TrainingData.Dogs with { Objects = [] }, TrainingData.Preprocessing, TrainingData.Labels);
        Assert.Equal([-1], unknown.Labels.Distinct());
    }

    [Fact]
    public void Windows_OfAThing_TellWhereItLiesInTheWholePicture()
    {
        var windows = PatchTargets.Of(TrainingData.Dogs, TrainingData.Preprocessing, TrainingData.Labels).Windows(16);
        // Windows are 2 x 2 patches, four across. The first dog's centre, patches 1.6 and 2.8, is 0.8 and 1.4 windows
        // from the corner; its place is that in the picture, without what lies around it.
        Assert.Equal((1, 1f), (windows.Labels[4], windows.Centres[4]));
        Assert.Equal(0.2, windows.Places[8], 5);
        Assert.Equal(0.3, windows.Places[9], 5);
        // The window to the right shows the rest of the dog.
        Assert.Equal((1, 0f), (windows.Labels[5], windows.Centres[5]));
        Assert.Equal(0.2, windows.Places[10], 5);
        Assert.Equal(2, windows.Centres.Sum());
        Assert.Equal((0, 0f), (windows.Labels[15], windows.Places[30]));
        var unknown = PatchTargets.Of(
            TrainingData.Dogs with { Objects = [] }, TrainingData.Preprocessing, TrainingData.Labels).Windows(16);
        Assert.Equal([-1], unknown.Labels.Distinct());
    }

    [Fact]
    public void Load_OfAFile_SetsPathsBesideItAndPublishedRates()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Combine("train.json");
        File.WriteAllText(path, """
            {"model": "m", "output": "o", "stages": [
              {"name": "a", "steps": 3, "data": [{"name": "x", "folder": "d"}, {"name": "scenes"}]}]}
            """);
        var config = TrainingConfig.Load(path);
        Assert.Equal(
            (folder.Combine("m"), folder.Combine("d"), null),
            (config.Model, config.Stages[0].Data[0].Folder, config.Stages[0].Data[1].Folder));
        Assert.Equal(
            (2e-4, 200L, 6e-6, 2000L, 2e-5), (config.Stages[0].Connector.Peak, config.Stages[0].Connector.WarmUp,
            config.Stages[0].Vision.Peak, config.Stages[0].Vision.WarmUp, config.Stages[0].Language.Peak));
        File.WriteAllText(path, """{"model": "m", "output": "o", "stages": [], "stepz": 1}""");
        var error = Assert.Throws<CommandException>(() => TrainingConfig.Load(path));
        Assert.Contains("stepz", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WhatCannotBe_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Combine("train.json");
        File.WriteAllText(path, """
            {"model": "m", "output": "o", "stages": [
              {"name": "a", "steps": 3, "data": [{"name": "scenes", "leaveOut": 8}]}]}
            """);
        Assert.Contains(
            "scenes is drawn", Assert.Throws<CommandException>(() => TrainingConfig.Load(path)).Message,
            StringComparison.Ordinal);
        File.WriteAllText(path, """
            {"model": "m", "output": "o", "stages": [
              {"name": "a", "steps": 3, "tenthWeight": -1, "data": [{"name": "scenes"}]}]}
            """);
        Assert.Contains(
            "tenthWeight is below zero", Assert.Throws<CommandException>(() => TrainingConfig.Load(path)).Message,
            StringComparison.Ordinal);
        File.WriteAllText(folder.Combine("examples.jsonl"), "");
        var part = new DataPart("made") { Folder = folder.Path, LeaveOut = 8 };
        Assert.Contains(
            "leaveOut is for photographs", Assert.Throws<CommandException>(() => ExampleSources.Open(part)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("molmo-7b-d", "train", 2)]
    [InlineData("molmo-tiny", "vision", 2)]
    [InlineData("molmo-tiny", "answers", 1)]
    [InlineData("molmo-tiny", "more", 2)]
    public void Load_OfARecipe_IsATraining(string name, string file, int stages)
    {
        var config = TrainingConfig.Load(
            Path.Combine(TestData.Repository, "Server", "Lab", "Recipes", name, $"{file}.json"));
        Assert.All(config.Stages, stage => Assert.True(stage.BatchSize % stage.MicroBatchSize == 0));
        Assert.Equal(stages, config.Stages.Count);
    }

    [Fact]
    public void Parts_OfTheEmbeddedRecipe_GoOnWithWhatTheOneBeforeMade()
    {
        TrainingConfig[] parts =
        [
            .. ((string[])["vision", "answers", "more"]).Select(part => TrainingConfig.Load(Path.Combine(
                TestData.Repository, "Server", "Lab", "Recipes", "molmo-tiny", $"{part}.json"))),
        ];
        Assert.Equal(
            [null, .. parts[..^1].Select(part => Path.GetFullPath(Path.Combine(part.Output, "checkpoint")))],
            parts.Select(part => part.From is { } from ? Path.GetFullPath(from) : null));
    }

    [Fact]
    public async Task Cost_OfThePublishedTraining_IsSixOperationsAParameterAndToken()
    {
        using var output = new StringWriter();
        var recipe = Path.Combine(TestData.Repository, "Server", "Lab", "Recipes", "molmo-7b-d", "train.json");
        Assert.Equal(0, await Molmo.Demo.Lab.LabProgram.RunAsync(
            ["cost", recipe, "--like", "Molmo-7B-D-0924", "--crops", "1"], output, TextWriter.Null));
        // 7.07 billion weights of the language model without its table of tokens, 2,304 positions: 97.7 teraflop; then
        // attention, 28 layers of 6 * 2,304^2 * 3,584: 3.2; and a crop.
        var each = double.Parse(
            output.ToString().Split("positions, ")[1].Split(' ')[0], CultureInfo.InvariantCulture);
        Assert.InRange(each, 98, 106);
        Assert.Contains("8,021,025,280 parameters", output.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Says its size and which number was asked for.</summary>
    private sealed class Numbers(long count, bool isFinite) : IExampleSource
    {
        public long Count => count;

        public bool IsFinite => isFinite;

        public Example Read(long index) => new(
            null, [new Annotation(
                count.ToString(CultureInfo.InvariantCulture), "", index.ToString(CultureInfo.InvariantCulture))]);
    }
}
