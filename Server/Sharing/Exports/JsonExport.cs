using System.Text.Json.Nodes;
using Molmo.Demo.Client.Chat;
using Molmo.Demo.Client.Images;
using Molmo.Demo.Client.Localization;
using Molmo.Demo.Server.Audits;

namespace Molmo.Demo.Server.Sharing.Exports;

/// <summary>
/// Everything that is known, in our own words: what the others are made from could be made from this.
/// </summary>
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
            ["fileName"] = picture.FileName,
            ["width"] = picture.Width,
            ["height"] = picture.Height,
            ["contentHash"] = picture.Hash,
            ["address"] = picture.Address,
        })]),
        ["turns"] = new JsonArray([.. export.Turns.Select(Rated)]),
    });

    /// <summary>Readable, in UTF-8.</summary>
    internal static byte[] Bytes(JsonNode node) => JsonSerializer.SerializeToUtf8Bytes(node, Indented);

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
        ["verdicts"] = new JsonArray([.. turn.Points().Where(point => point.N is not null)
            .Select(point =>
                new JsonObject { ["group"] = point.Group + 1, ["n"] = point.N, ["verdict"] = point.Verdict })]),
        ["missedPoints"] = new JsonArray(
            [.. turn.Points().Where(point => point.N is null).Select(point => Place("group", point.Group + 1, point))]),
    };

    private static JsonObject Rated(ExportTurn turn)
    {
        var written = Turn(turn);
        if (turn.Rating is { } rating) written["rating"] = RatingStore.Word(rating);
        return written;
    }

    private static JsonObject Turn(ExportTurn turn) => new()
    {
        ["number"] = turn.Number,
        ["question"] = turn.Question,
        ["answer"] = turn.Words,
        ["verbatim"] = turn.Copied.Answer,
        ["ending"] = AnswerWords.Reason(turn.Copied.Reason) ?? "failed",
        ["picture"] = turn.Picture?.Number,
        ["pointCount"] = turn.PointCount,
        ["claim"] = JsonSerializer.SerializeToNode(turn.Claim, Indented),
        ["groups"] = new JsonArray([.. turn.Points()
            .Where(point => point.Segment is not null).GroupBy(point => point.Segment!)
            .Select(group => new JsonObject
            {
                ["group"] = group.Key.Group + 1,
                ["text"] = group.Key.Text,
                ["alt"] = group.Key.Alt,
                ["points"] = new JsonArray([.. group.Select(point => Place("n", point.N!.Value, point))]),
            })]),
        ["caveats"] = new JsonArray([.. turn.Caveats.Select(words => JsonValue.Create(words))]),
        ["audit"] = Audit(turn),
        ["stamp"] = JsonSerializer.SerializeToNode(turn.Copied.Stamp is { } stamp ? Words.On(stamp) : null, Indented),
    };

    private static JsonObject Place(string name, int number, ExportPoint point)
        => new() { [name] = number, ["x"] = point.X, ["y"] = point.Y, ["pixelX"] = point.Left, ["pixelY"] = point.Top };
}
