namespace Molmo.Demo.Shared.Chat;

/// <summary>
/// Tells open pages that a visitor's conversations have changed, so that a second tab follows what was done in the
/// first. Safe for use by many callers at once.
/// </summary>
public interface IConversationChanges
{
    /// <summary>
    /// Calls back after each question that was accepted and kept, and after each conversation or answer that was
    /// renamed or deleted, whoever did it.
    /// </summary>
    /// <param name="visitor">Whose conversations.</param>
    /// <param name="changed">Called on any thread with the conversation, null where it may be any; must return at
    /// once.</param>
    /// <returns>Ends the watching when disposed.</returns>
    IDisposable Watch(VisitorId visitor, Action<ConversationId?> changed);
}
