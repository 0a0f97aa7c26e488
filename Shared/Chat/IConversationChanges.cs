namespace Molmo.Demo.Shared.Chat;

/// <summary>
/// Tells open pages that a conversation has grown, so that a second tab follows what was asked in the first. Safe for
/// use by many callers at once.
/// </summary>
public interface IConversationChanges
{
    /// <summary>Calls back after each question that was accepted and kept, whoever asked it.</summary>
    /// <param name="id">The conversation; it need not have begun yet.</param>
    /// <param name="asked">Called on any thread; must return at once.</param>
    /// <returns>Ends the watching when disposed.</returns>
    IDisposable Watch(ConversationId id, Action asked);
}
