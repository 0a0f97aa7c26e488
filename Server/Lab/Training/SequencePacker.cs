using Molmo.Demo.Inference.Preprocessing;
using Molmo.Demo.Inference.Tokenization;
using Molmo.Demo.Lab.Data;
using Molmo.Demo.Lab.Tokens;

namespace Molmo.Demo.Lab.Training;

/// <summary>Lays examples out as the published training does, see <see cref="PackedSequence"/>.</summary>
internal sealed class SequencePacker(BpeTokenizer tokenizer, SpecialTokens special, TrainingStage stage)
{
    /// <summary>Styles whose name is not put before the question, but for one time in ten.</summary>
    internal static readonly ImmutableHashSet<string> Untagged =
    [
        Styles.Pointing, Styles.PointCount, Styles.UserQuestion, Styles.LongCaption, Styles.Transcript,
        Styles.CaptionQuestion,
    ];

    private readonly TrainingStage _stage = stage;
    private readonly HashSet<int> _tenths = [.. PointTokens.Tenths.Select(tokenizer.IdOf).OfType<int>()];

    /// <param name="annotations">Of one picture.</param>
    /// <param name="imageTokenIds">As they follow BOS; none for text alone.</param>
    /// <param name="random">Draws tags, hints and, where there are too many, annotations.</param>
    public PackedSequence Pack(IReadOnlyList<Annotation> annotations, IReadOnlyList<int> imageTokenIds, Random random)
    {
        var chosen = Choose(annotations, random);
        List<int> ids = [special.Bos, .. imageTokenIds];
        var shared = ids.Count;
        var pairs = new List<(int[] Question, int[] Answer)>();
        foreach (var annotation in chosen)
        {
            var question = tokenizer.Encode(PromptBuilder.QuestionPiece(Tagged(annotation, random)));
            int[] answer = [.. tokenizer.Encode(PromptBuilder.AnswerPiece(annotation.Answer)), special.Bos];
            if (ids.Count + question.Length + answer.Length > _stage.Length) continue;
            pairs.Add((question, answer));
            ids.AddRange(question);
            ids.AddRange(answer);
        }

        var positions = Enumerable.Range(0, shared).ToList();
        var segments = Enumerable.Repeat(PackedSequence.Everyone, shared).ToList();
        var targets = Enumerable.Repeat(-1, shared).ToList();
        for (var i = 0; i < pairs.Count; i++)
        {
            var (question, answer) = pairs[i];
            var length = question.Length + answer.Length;
            positions.AddRange(Enumerable.Range(shared, length));
            segments.AddRange(Enumerable.Repeat(i + 1, length));
            // The question's last token is asked for the answer's first.
            targets.AddRange(Enumerable.Repeat(-1, question.Length - 1));
            targets.AddRange(answer);
            targets.Add(-1);
        }

        var weight = (float)Math.Sqrt(1.0 / Math.Max(1, pairs.Count));
        return new PackedSequence(
            [.. ids], [.. positions], [.. segments], [.. targets],
            [
                .. targets.Select(target => target < 0 ? 0
                    : _tenths.Contains(target) ? weight * (float)_stage.TenthWeight : weight),
            ]);
    }

    /// <summary>
    /// The caption and, in pre-training, one of its transcripts; of others as many as a sequence may have.
    /// </summary>
    private List<Annotation> Choose(IReadOnlyList<Annotation> annotations, Random random)
    {
        var transcripts = annotations.Where(item => item.Style == Styles.Transcript).ToList();
        var chosen = annotations.Where(item => item.Style != Styles.Transcript).ToList();
        if (transcripts.Count > 0 && !_stage.AsksForCaptions) chosen.Add(random.Pick(transcripts));
        if (_stage.MaxAnnotations is not { } most || chosen.Count <= most) return chosen;
        var all = chosen.ToArray();
        random.Shuffle(all);
        return [.. all.Take(most)];
    }

    /// <summary>The question with what the published formatter puts before it.</summary>
    private string Tagged(Annotation annotation, Random random)
    {
        var style = annotation.Style;
        if (style is Styles.LongCaption && annotation.Question.Length == 0 && _stage.AsksForCaptions)
            annotation = annotation with { Question = Phrasings.Describe(random) };
        if (style is Styles.LongCaption or Styles.Transcript && annotation.Question.Length == 0)
        {
            // The number of characters by fifteen, with noise, so that a hint is about a length and not the length.
            if (random.NextDouble() >= _stage.LengthHints) return $"{style}:";
            var hint = (int)Math.Floor(random.NextNormal(annotation.Answer.Length, 25) / 15);
            return string.Create(CultureInfo.InvariantCulture, $"{style} {Math.Max(0, hint)}:");
        }

        if (style is "demo" or "android_control") return annotation.Question;
        var tag = !Untagged.Contains(style) || random.NextDouble() <= 0.1 ? $"{style}:" : "";
        return tag.Length > 0 && annotation.Question.Length > 0
            ? $"{tag} {annotation.Question}"
            : $"{tag}{annotation.Question}";
    }
}
