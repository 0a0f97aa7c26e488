namespace Molmo.Demo.Shared.Chat;

/// <summary>Where an answer stands.</summary>
public enum AnswerState
{
    /// <summary>Waiting for the engine.</summary>
    Queued,

    /// <summary>Being written.</summary>
    Streaming,

    /// <summary>Over: finished, stopped by the person or cut at the length limit.</summary>
    Done,

    /// <summary>Over because the server ended; the text so far is kept.</summary>
    Interrupted,

    /// <summary>Over because of an error; the text so far is kept.</summary>
    Failed,
}
