using Molmo.Demo.Client.Localization;
using Molmo.Demo.Server.OpenAi.Wire;

namespace Molmo.Demo.Server.OpenAi;

/// <summary>From a collected answer to what a program is sent.</summary>
internal static class Replies
{
    private const int Scale = 100;

    /// <exception cref="ApiException">There is no answer: it failed, was interrupted, or never began.</exception>
    public static ChatCompletion Complete(AnswerCollector answer, Asked asked)
    {
        var (start, ended) = EndOf(answer);
        return new ChatCompletion(
            $"chatcmpl-{asked.Id}", "chat.completion", asked.Created, start.Stamp.Model, Fingerprint(start.Stamp),
            [new Choice(0, new Message("assistant", answer.Content, null, Groups(answer)), null,
                ended.Reason == EndReason.Length ? "length" : "stop")],
            UsageOf(ended), PartOf(answer, asked, start, ended));
    }

    /// <inheritdoc cref="Complete"/>
    public static PointReply Point(AnswerCollector answer, Asked asked, string looked, bool isCount, string requestId)
    {
        var (start, ended) = EndOf(answer);
        var points = answer.Answer.Segments.OfType<PointSegment>()
            .SelectMany(group => group.Points).Select(point => new PlainPoint(point.X, point.Y)).ToList();
        var stated = isCount ? AnswerText.StatedCount(answer.Answer.CleanText) : null;
        return new PointReply(
            looked, points, stated ?? points.Count, Scale, start.Sent?.Width, start.Sent?.Height,
            answer.Answer.CleanText.Trim(), start.Stamp.Model,
            UsageOf(ended), PartOf(answer, asked, start, ended), requestId);
    }

    /// <summary>The same weights in the same form give the same fingerprint.</summary>
    public static string Fingerprint(EngineStamp stamp) => $"fp_{stamp.Revision}_{stamp.Precision}";

    private static (Started Start, Ended Ended) EndOf(AnswerCollector answer)
    {
        if (answer.Answer.Failure is { } failure) throw ApiException.From(failure);
        if (answer.Answer.Ended is not { } ended || ended.Reason == EndReason.Interrupted)
            throw ApiException.Interrupted();
        return answer.Answer.Start is { } start
            ? (start, ended)
            : throw new ApiException(
                StatusCodes.Status409Conflict, "stopped", "The question was stopped before the model began.");
    }

    private static IReadOnlyList<PointGroup>? Groups(AnswerCollector answer) => answer.Mode switch
    {
        PointsMode.Off => null,
        PointsMode.Only => [.. GroupsInWords(answer)],
        _ => [.. GroupsInMarkup(answer)],
    };

    private static IEnumerable<PointGroup> GroupsInMarkup(AnswerCollector answer)
    {
        var spans = PointSpans.Find(answer.Content).ToDictionary(span => span.Group);
        foreach (var group in PointMarkupParser.Parse(answer.Content).OfType<PointSegment>())
            yield return GroupOf(group, spans[group.Group].Start, spans[group.Group].End);
    }

    private static IEnumerable<PointGroup> GroupsInWords(AnswerCollector answer)
    {
        var place = 0;
        foreach (var segment in answer.Answer.Segments)
        {
            var length = AnswerText.Clean([segment]).Length;
            // A stop sequence may have ended the text before.
            if (place > answer.Content.Length || (length > 0 && place == answer.Content.Length)) yield break;
            if (segment is PointSegment group)
                yield return GroupOf(group, place, Math.Min(place + length, answer.Content.Length));
            place += length;
        }
    }

    private static PointGroup GroupOf(PointSegment group, int start, int end) => new(
        "point_group", group.Group, group.Text, group.Alt, start, end, Image: 0, Scale,
        [.. group.Points.Select(point => new NumberedPoint(point.N, point.X, point.Y))]);

    private static Usage UsageOf(Ended ended)
        => new(ended.Usage.PromptTokens, ended.Usage.AnswerTokens, ended.Usage.PromptTokens + ended.Usage.AnswerTokens);

    private static MolmoPart PartOf(AnswerCollector answer, Asked asked, Started start, Ended ended)
    {
        var (stamp, sampling, time) = (start.Stamp, start.Stamp.Sampling, ended.Timings);
        return new MolmoPart(
            asked.Id.Value,
            asked.Ask.Keep ? asked.Conversation.Value : null,
            new Stamp(stamp.Model, stamp.Revision, stamp.Precision, Words.Of(stamp.Device), stamp.EngineVersion,
                sampling.Temperature, sampling.TopP, sampling.TopK, sampling.Seed, sampling.MaxTokens),
            start.Sent is { } sent ? new ReplyImage(sent.Width, sent.Height, sent.Crops, sent.ImageTokens) : null,
            new Timings(time.QueuedMs, time.PreprocessMs, time.FirstTokenMs, time.TotalMs, time.TokensPerSecond),
            AnswerText.StatedCount(answer.Answer.CleanText),
            [.. answer.Answer.Notes.Select(note => new Note(
                OpenAiJson.Options.PropertyNamingPolicy!.ConvertName(note.Code.ToString()), Words.Of(note)))]);
    }
}
