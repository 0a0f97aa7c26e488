using Molmo.Demo.Server.Images;
using Molmo.Demo.Shared.Audits;

namespace Molmo.Demo.Server.Tests.Images;

/// <summary>What a person is said to have found at the gallery's stored answers is what is there.</summary>
public class SampleChecksTests
{
    [Fact]
    public void Checks_OfTheGallery_MakeTheCountTrue()
    {
        var truth = JsonDocument.Parse(File.ReadAllText(Path.Combine(TestData.Samples, "truth.json"))).RootElement;
        var answers = StoredAnswers.Read(File.ReadAllBytes(Path.Combine(TestData.Samples, StoredAnswers.FileName)));
        var checks =
            StoredAnswers.ReadChecks(File.ReadAllBytes(Path.Combine(TestData.Samples, StoredAnswers.ChecksFileName)));
        Assert.NotEmpty(checks);
        Assert.All(checks, check =>
        {
            var claim = Claim.Of(answers.Single(answer => answer.File == check.Key).ReadAnswer(), check.Value)!;
            var noun = Assert.Single(claim.Groups).Noun;
            var there = truth.EnumerateArray().Single(scene => scene.GetProperty("file").GetString() == check.Key)
                .GetProperty("objects").GetProperty(noun);
            Assert.Equal(CheckState.All, claim.Check);
            Assert.Equal(there.GetArrayLength(), claim.Count);
            Assert.All(check.Value.Missed, missed => Assert.Contains(there.EnumerateArray(), at =>
                Math.Abs(at[0].GetDouble() - missed.X) < 5 && Math.Abs(at[1].GetDouble() - missed.Y) < 5));
        });
    }

    [Theory]
    [InlineData("null")]
    [InlineData("""{ "a.png": null }""")]
    [InlineData("""{ "a.png": { "steps": [{ "group": 0, "n": 0, "verdict": "Right" }] } }""")]
    public void ReadChecks_WhatIsNoCheck_IsRefused(string file)
        => Assert.Throws<JsonException>(() => StoredAnswers.ReadChecks(System.Text.Encoding.UTF8.GetBytes(file)));
}
