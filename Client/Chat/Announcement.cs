namespace Molmo.Demo.Client.Chat;

/// <summary>
/// What a screen reader is told about the newest answer: that it has begun, now and then how many points there are, and
/// its words once at the end.
/// </summary>
/// <param name="time">When something was said.</param>
/// <param name="leavesFailures">Whether a failure is an alert on the page: it is not said a second time.</param>
public sealed class Announcement(TimeProvider time, bool leavesFailures = false)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private ChatTurn? _turn;
    private bool _isOver;
    private int _points;
    private long _said;

    /// <summary>What is said now; empty where nothing has happened while the page was open.</summary>
    public string Text { get; private set; } = "";

    /// <summary>Takes in the newest turn; true where <see cref="Text"/> changed.</summary>
    public bool Update(ChatTurn? turn)
    {
        if (turn is null) return false;
        if (turn != _turn)
        {
            _turn = turn;
            _isOver = !turn.IsLive;
            _points = 0;
            return turn.IsLive && Say(T("Generating."));
        }
        if (_isOver) return false;
        if (!turn.IsLive)
        {
            _isOver = true;
            return Say(leavesFailures && turn.State is AnswerState.Failed ? "" : AnswerWords.Summary(turn));
        }
        if (turn.Answer.PointCount == _points || time.GetElapsedTime(_said) < Pause) return false;
        _points = turn.Answer.PointCount;
        return Say(Plural(_points, "{0} point so far.", "{0} points so far."));
    }

    private bool Say(string text)
    {
        Text = text;
        _said = time.GetTimestamp();
        return true;
    }
}
