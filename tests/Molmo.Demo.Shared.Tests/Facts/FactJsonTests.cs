using System.Text.Encodings.Web;

namespace Molmo.Demo.Shared.Tests.Facts;

/// <summary>
/// Facts are stored and go from machine to machine: their codes must not drift, and what earlier versions wrote stays
/// readable.
/// </summary>
public sealed class FactJsonTests
{
    // Neither the names nor the form of a fact follow the options of who writes it.
    private static readonly JsonSerializerOptions Plain =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Theory]
    [InlineData("""{"code":"questionTooLong","characters":5000,"limit":4000}""")]
    [InlineData("""{"code":"checkpointUnknown","name":"two"}""")]
    [InlineData("""{"code":"questionEmpty"}""")]
    [InlineData("\"An earlier sentence.\"")]
    public void Serialize_AFact_GivesItsCodeAndArguments(string json)
        => Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize<Fact>(json, Plain), Plain));

    [Fact]
    public void Serialize_EveryFact_ComesBack()
        => Assert.All(FactSamples.All,
            fact => Assert.Equal(fact, JsonSerializer.Deserialize<Fact>(JsonSerializer.Serialize(fact))));

    [Fact]
    public void Code_OfEveryFact_IsItsOwn()
        => Assert.All(FactKind.All.GroupBy(kind => kind.Code),
            same => Assert.Equal(same.Key, FactKind.Find(Assert.Single(same).Code)!.Code));

    [Theory]
    [InlineData("\"It failed.\"", "It failed.")]
    [InlineData("""{"code":"ofALaterVersion","number":7}""", "ofALaterVersion")]
    public void Deserialize_WhatIsNotKnown_IsShownAsItIs(string json, string expected)
        => Assert.Equal(new EarlierWords(expected), JsonSerializer.Deserialize<Fact>(json));

    [Theory]
    [InlineData("7")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"code":7}""")]
    public void Deserialize_WhatIsNoFact_IsRefused(string json)
        => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Fact>(json));
}
