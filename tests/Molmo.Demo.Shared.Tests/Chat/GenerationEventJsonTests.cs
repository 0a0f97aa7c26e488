namespace Molmo.Demo.Shared.Tests.Chat;

/// <summary>The wire form of events: journals store it and browsers read it, so its names must not drift.</summary>
public sealed class GenerationEventJsonTests
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public static TheoryData<string, GenerationEvent> Events { get; } = new()
    {
        { """{"type":"queued","position":2,"etaSeconds":1.5,"seq":1}""", new Queued(1, 2, 1.5) },
        {
            """{"type":"start","stamp":"""
                + """{"model":"m","revision":"r","precision":"float32","device":"CPU","engineVersion":"1","sampling":"""
                + """{"temperature":0,"topK":0,"topP":1,"seed":null,"maxTokens":1024}},"sent":{"width":960,"height":"""
                + """720,"crops":5,"imageTokens":700},"seq":2}""",
            new Started(2, new EngineStamp("m", "r", "float32", new EarlierWords("CPU"), "1", SamplingChoice.Greedy),
                new SentImage(960, 720, 5, 700))
        },
        {
            """{"type":"start","stamp":"""
                + """{"model":"m","revision":"r","precision":"float32","device":"CPU","engineVersion":"1","sampling":"""
                + """{"temperature":0.8,"topK":0,"topP":1,"seed":7,"maxTokens":1024},"style":"vqa2","maxCrops":"""
                + """36,"crops":31},"sent":null,"seq":2}""",
            new Started(2, new EngineStamp(
                "m", "r", "float32", new EarlierWords("CPU"), "1", new SamplingChoice(0.8, Seed: 7), "vqa2", 36, 31),
                null)
        },
        { """{"type":"text","delta":"a","seq":3}""", new TextDelta(3, "a") },
        { """{"type":"point","group":0,"n":1,"x":12.5,"y":40.1,"seq":4}""", new PointFound(4, 0, 1, 12.5, 40.1) },
        { """{"type":"groupEnd","group":0,"text":"t","alt":"a","seq":5}""", new PointGroupEnded(5, 0, "t", "a") },
        { """{"type":"note","code":"UnclosedTag","detail":"d","seq":6}""", new Noted(6, NoteCode.UnclosedTag, "d") },
        { """{"type":"note","code":"PointOutOfRange","detail":"101, 5","at":12,"seq":6}""",
            new Noted(6, NoteCode.PointOutOfRange, "101, 5", 12) },
        {
            """{"type":"end","reason":"Finished","usage":{"promptTokens":1,"answerTokens":2},"timings":{"queuedMs":"""
                + """1,"preprocessMs":2,"firstTokenMs":3,"totalMs":4,"tokensPerSecond":5},"seq":7}""",
            new Ended(7, EndReason.Finished, new TokenUsage(1, 2), new GenerationTimings(1, 2, 3, 4, 5))
        },
        {
            """{"type":"note","code":"ManyCrops","detail":"","fact":{"code":"manyCrops","crops":30,"trained":"""
                + """12},"seq":6}""",
            new Noted(6, NoteCode.ManyCrops, "") { Fact = new ManyCrops(30, 12) }
        },
        { """{"type":"error","code":"engine_failed","retryable":true,"fact":"m","seq":8}""",
            new Failed(8, "engine_failed", new EarlierWords("m"), true) },
        {
            """{"type":"error","code":"context_full","retryable":true,"dropOldest":3,"fact":"""
                + """{"code":"conversationTooLong","tokens":256,"oldest":3},"seq":8}""",
            new Failed(8, Failed.ContextFull, new ConversationTooLong(256, 3), true, 3)
        },
    };

    [Theory]
    [MemberData(nameof(Events))]
    public void Serialize_AsBaseOrRunTimeType_GivesTheSameAndComesBack(string json, GenerationEvent e)
    {
        Assert.Equal(json, JsonSerializer.Serialize(e, Options));
        Assert.Equal(json, JsonSerializer.Serialize(e, e.GetType(), Options));
        Assert.Equal(json, JsonSerializer.Serialize((object)e, Options));
        Assert.Equal(e, JsonSerializer.Deserialize<GenerationEvent>(json, Options));
        Assert.Equal(e, JsonSerializer.Deserialize(json, e.GetType(), Options));
    }

    [Fact]
    public void Deserialize_AFailureOfAnEarlierVersion_HasItsSentenceAsFact()
    {
        var failed = JsonSerializer.Deserialize<GenerationEvent>(
            """{"type":"error","code":"engine_failed","message":"It failed.","retryable":true,"seq":8}""", Options);
        Assert.Equal(new EarlierWords("It failed."), Assert.IsType<Failed>(failed).Fact);
    }

    [Fact]
    public void Events_OfTheFamily_AreAllTestedHere()
        => Assert.Equal(
            typeof(GenerationEvent).Assembly.GetTypes()
                .Where(type => type.IsSubclassOf(typeof(GenerationEvent))).Order(ByName),
            Events.Select(row => row.Data.Item2.GetType()).Distinct().Order(ByName));

    private static Comparer<Type> ByName { get; } =
        Comparer<Type>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name));
}
