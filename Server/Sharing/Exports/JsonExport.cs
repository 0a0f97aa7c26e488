using Molmo.Demo.Client.Localization;
using System.Text.Json.Nodes;
using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Images;

namespace Molmo.Demo.Server.Sharing.Exports;

/// <summary>Everything that is known, in our own words: what the others are made from could be made from this.</summary>
internal static class JsonExport
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static byte[] Write(Export export) => Bytes(new JsonObject
    {
        ["format"] = "molmo-answers",
        ["version"] = 1,
        ["title"] = export.Title,
        ["address"] = export.Address,
        ["createdAt"] = export.CreatedAt.ToString("O", CultureInfo.InvariantCulture),
        ["scale"] = Export.Scale,
        ["scaleMeaning"] = Export.ScaleWords,
        ["pictures"] = new JsonArray([.. export.Pictures.Select(picture => new JsonObject
        {
            ["number"] = picture.Number,
            ["width"] = picture.Width,
            ["height"] = picture.Height,
            ["contentHash"] = picture.Hash,
            ["address"] = picture.Address,
        })]),
        ["turns"] = new JsonArray([.. export.Turns.Select(Turn)]),
    });

    /// <summary>Readable, in UTF-8.</summary>
    internal static byte[] Bytes(JsonNode node) => JsonSerializer.SerializeToUtf8Bytes(node, Indented);

    /// <summary>A coordinate in pixels; the thousandth of one is finer than any model means.</summary>
    internal static double Pixels(double percent, int size) => Math.Round(percent / Export.Scale * size, 3);

    // A layer of its own, by group and number: the points above are the model's.
    private static JsonObject? Audit(ExportTurn turn) => turn.AuditResult is not { } result ? null : new JsonObject
    {
        ["summary"] = AuditWords.Sentence(result),
        ["claimed"] = result.Claimed,
        ["checked"] = result.Checked,
        ["confirmed"] = result.Confirmed,
        ["wrong"] = result.Wrong,
        ["missed"] = result.Missed,
        ["precision"] = result.Precision,
        ["recall"] = result.Recall,
        ["verdicts"] = new JsonArray([.. turn.Judged().Select(judged => new JsonObject { ["group"] = judged.Group.Group + 1, ["n"] = judged.Point.N, ["verdict"] = judged.Verdict })]),
        ["missedPoints"] = new JsonArray([.. turn.Missed.Select(missed => new JsonObject
        {
            ["group"] = missed.Point.Group + 1,
            ["x"] = missed.Point.X,
            ["y"] = missed.Point.Y,
            ["pixelX"] = turn.Picture is { } across ? Pixels(missed.Point.X, across.Width) : null,
            ["pixelY"] = turn.Picture is { } down ? Pixels(missed.Point.Y, down.Height) : null,
        })]),
    };

    private static JsonObject Turn(ExportTurn turn) => new()
    {
        ["number"] = turn.Number,
        ["question"] = turn.Question,
        ["answer"] = turn.Words,
        ["verbatim"] = turn.Copied.Answer,
        ["ending"] = AnswerWords.Reason(turn.Copied.Reason) ?? "failed",
        ["picture"] = turn.Picture?.Number,
        ["pointCount"] = turn.PointCount,
        ["groups"] = new JsonArray([.. turn.Groups.Select(group => new JsonObject
        {
            ["group"] = group.Group + 1,
            ["text"] = group.Text,
            ["alt"] = group.Alt,
            ["points"] = new JsonArray([.. group.Points.Select(point => new JsonObject
            {
                ["n"] = point.N,
                ["x"] = point.X,
                ["y"] = point.Y,
                ["pixelX"] = turn.Picture is { } across ? Pixels(point.X, across.Width) : null,
                ["pixelY"] = turn.Picture is { } down ? Pixels(point.Y, down.Height) : null,
            })]),
        })]),
        ["audit"] = Audit(turn),
        ["stamp"] = JsonSerializer.SerializeToNode(turn.Copied.Stamp is { } stamp ? Words.On(stamp) : null, Indented),
    };
}
