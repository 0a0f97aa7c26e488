using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Models;
using Molmo.Demo.Server.Sharing;

namespace Molmo.Demo.Server.Tests.Localization;

/// <summary>What the server may say to a person in the browser, in English.</summary>
internal static partial class ServerSentences
{
    // Where such sentences stand ready. The rest of the server speaks to programs, to its operator and to the log.
    private static readonly string[] Places =
        ["Audits", "Chat", "Comparison", "Sharing/Live", "Sharing/ShareRefusals.cs", "Web/Sockets/SocketLimit.cs", "Web/SameOrigin.cs", "Models/EngineHost.cs"];

    // Between machines, for developers, or never shown.
    private static readonly string[] OfMachines =
        ["Replay", "InferenceGate.cs", "PictureApi.cs", "ChatHub.cs", "StartRequest.cs", "JournalEntry.cs", "Log", "{Model}", "InvalidOperationException"];

    /// <summary>Sentences of the real code.</summary>
    public static IEnumerable<string> Produced => [.. OfImages(), .. OfLinks(), .. OfQuestions(), .. OfTheModel()];

    /// <summary>Sentences that stand written in the sources, with 7 for each value.</summary>
    public static IEnumerable<string> Written()
    {
        var server = Path.Combine(TestData.Repository, "Server");
        var files = Places.Select(place => Path.Combine(server, place))
            .SelectMany(place => File.Exists(place) ? [place] : Directory.EnumerateFiles(place, "*.cs", SearchOption.AllDirectories));
        foreach (var file in files.Where(file => !OfMachines.Any(name => file.Contains(name, StringComparison.Ordinal))))
            foreach (var line in File.ReadLines(file).Where(line => !line.Contains("///", StringComparison.Ordinal) && !OfMachines.Any(name => line.Contains(name, StringComparison.OrdinalIgnoreCase))))
                foreach (Match literal in Literal().Matches(line))
                    if (literal.Value.Contains(' ', StringComparison.Ordinal)) yield return Hole().Replace(literal.Value[1..^1], "7");
    }

    private static IEnumerable<string> OfImages()
    {
        var minute = TimeSpan.FromMinutes(1);
        ImageRefusedException[] refusals =
        [
            ImageRefusals.TooManyBytes(30_000_000), ImageRefusals.TooManyBytes(null), ImageRefusals.NoFile(), ImageRefusals.BrokenRequest(""), ImageRefusals.TooSlow(),
            ImageRefusals.TooMany(30, minute), ImageRefusals.StorageShare(500), ImageRefusals.PrivateChatOver(), ImageRefusals.PrivateMemoryFull(), ImageRefusals.Busy(),
            ImageRefusals.StorageFull(""), ImageRefusals.StorageFailed(""),
            .. from fault in Enum.GetValues<ImageFault>()
               from start in new byte[][] { [], [0x89, 0x50], [0xff, 0xd8], [.. "GIF89a"u8], [.. "RIFF"u8], [.. "BM"u8], [.. "\0\0\0\u0018ftypheic"u8] }
               from header in new ImageHeader?[] { null, new(ImageFormat.Png, 40_000, 2), new(ImageFormat.Jpeg, 9_000, 9_000) }
               select ImageRefusals.From(new InvalidImageException(fault, "", header), start),
        ];
        return refusals.Select(refusal => refusal.Message).Distinct();
    }

    private static IEnumerable<string> OfLinks()
    {
        var box = new BlurBox(new ImageId("x"), 200, 0, 1, 1);
        return
        [
            ShareRefusals.Unknown().Message, ShareRefusals.UnknownLink().Message, ShareRefusals.UnknownPhoto().Message, ShareRefusals.NothingYet().Message,
            ShareRefusals.TooManyLinks(100, 100).Message, ShareRefusals.TooManyLive(5).Message, ShareRefusals.Storage(StorageFault.Full).Message, ShareRefusals.Storage(StorageFault.Failed).Message,
            Refusal(() => ShareRefusals.Check(new ShareChoice(Blurred: [.. Enumerable.Repeat(box, ShareLimits.BlurBoxes + 1)]))), Refusal(() => ShareRefusals.Check(new ShareChoice(Blurred: [box]))),
            Refusal(() => ShareRefusals.Check(new ShareChange(Passphrase: "abc"))), Refusal(() => ShareRefusals.Check(new ShareChange((ShareLifetime)99))),
        ];
    }

    private static IEnumerable<string> OfQuestions()
    {
        var plain = new Question(ConversationId.New(), "How many?", null, SamplingChoice.Greedy);
        Question[] wrong =
        [
            plain with { Text = " " }, plain with { Text = new string('a', ChatLimits.PromptCharacters + 1) }, plain with { Text = "\ud83d" }, plain with { Conversation = default },
            plain with { Sampling = new SamplingChoice(9) }, plain with { Sampling = new SamplingChoice(0, TopK: -1) }, plain with { Sampling = new SamplingChoice(0, TopP: 0) },
            plain with { Sampling = new SamplingChoice(0, MaxTokens: 0) }, plain with { Prompt = new PromptChoice(MaxCrops: 99) }, plain with { Region = new ImageRegion(0, 0, 10, 10) },
            plain with { Image = new ImageId("x"), Region = new ImageRegion(90, 90, 50, 50) }, plain with { History = [new Turn("a", "\ud83d")] },
            plain with { History = [new Turn("a", new string('a', QuestionRules.HistoryCharacters))] },
        ];
        var fit = new ContextFit(4096, HasPicture: false, 0, 0, IsTooLong: false);
        return
        [
            .. wrong.Select(question => Refusal(() => QuestionRules.Check(question))),
            .. from hasPicture in new[] { false, true }
               from dropped in new[] { 1, 3 }
               select Refusal(() => (fit with { HasPicture = hasPicture, DropOldest = dropped }).ThrowUnlessAgreed(PromptChoice.Plain)),
            Refusal(() => (fit with { IsFull = true }).ThrowUnlessAgreed(PromptChoice.Plain)),
            Refusal(() => (fit with { IsTooLong = true }).ThrowUnlessAgreed(PromptChoice.Plain)),
            Refusal(() => (fit with { IsTooLong = true, HasPicture = true }).ThrowUnlessAgreed(PromptChoice.Plain)),
            Refusal(() => (fit with { IsTooLong = true, HasPicture = true }).ThrowUnlessAgreed(new PromptChoice(MaxCrops: PromptChoice.MostCrops))),
            .. from words in new[] { 1, 40 } from points in new[] { 0, 1, 12 } select GenerationJob.WhatIsKept(words, points),
        ];
    }

    private static IEnumerable<string> OfTheModel() =>
    [
        new ModelNotice(new MolmoOptions()).Current.Hint!,
        EngineHost.Fetching(new ModelProgress(ModelStage.Fetching, "owner/name", 0)),
        .. from total in new[] { 700_000_000L, 32_100_000_000L }
           from rate in new[] { 0, 45.5e6 }
           from left in new double?[] { null, 1, 40, 100, 3600, 3_600_000 }
           select EngineHost.Fetching(new ModelProgress(ModelStage.Fetching, "owner/name", 0.1, total / 10, total, rate, left)),
    ];

    private static string Refusal(Action refused) => Assert.Throws<ChatRefusedException>(refused).Message;

    // A whole sentence between quotes; in its holes may stand anything but quotes and braces.
    [GeneratedRegex("""(?<![\w"])"(?:[A-Z]|\{[^{}"]*\})(?:[^"{}\\]|\{[^{}"]*\})*[.?]"(?!")""")]
    private static partial Regex Literal();

    [GeneratedRegex(@"\{[^{}]*\}")]
    private static partial Regex Hole();
}
