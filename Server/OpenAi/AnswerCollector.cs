using Molmo.Demo.Server.Chat;

namespace Molmo.Demo.Server.OpenAi;

/// <summary>Puts an answer for a program together from its journal, in the form that the program asked for.</summary>
internal sealed class AnswerCollector(PointsMode mode, IReadOnlyList<string> stops)
{
    private readonly StopSequences _stop = new(stops);
    private readonly StringBuilder _content = new();

    /// <summary>The answer as its events tell it.</summary>
    public Answer Answer { get; } = new();

    /// <summary>What is given of the points.</summary>
    public PointsMode Mode { get; } = mode;

    /// <summary>Whether a stop sequence ended the text, so that the rest need not be written.</summary>
    public bool IsStopped => _stop.IsFound;

    /// <summary>The text so far.</summary>
    public string Content => _content.ToString();

    /// <returns>The text that is new and certain.</returns>
    public string Add(JournalEntry entry)
    {
        Answer.Apply(entry.Event);
        var text = _stop.Append(Mode == PointsMode.Only ? WordsOf(entry.Event) : entry.Raw);
        if (entry.Event.IsLast) text += _stop.Complete();
        _content.Append(text);
        return text;
    }

    private static string WordsOf(GenerationEvent e) => e switch
    {
        TextDelta text => text.Delta,
        PointGroupEnded { Text.Length: > 0 } group => group.Text,
        PointGroupEnded group => group.Alt,
        _ => "",
    };
}
