using System.Collections.Concurrent;

namespace Molmo.Demo.Server.Tests.Lasting;

/// <summary>
/// What a server has said yes to, as kept by the other side: the journal that its data folder is held against.
/// </summary>
internal sealed class Acknowledged
{
    /// <summary>By id.</summary>
    public ConcurrentDictionary<string, KeptImage> Pictures { get; } = new();

    /// <summary>By id.</summary>
    public ConcurrentDictionary<string, KeptLink> Links { get; } = new();

    /// <summary>By the id of the answer.</summary>
    public ConcurrentDictionary<string, KeptQuestion> Questions { get; } = new();
}

/// <summary>What is known of a deletion: one that was asked for and not confirmed may have happened or not.</summary>
internal enum Presence
{
    Kept,
    Unsure,
    Deleted,
}

/// <param name="Owner">Who sent it.</param>
/// <param name="Hash">SHA-256 of the stored bytes, as confirmed.</param>
internal sealed record KeptImage(Loader Owner, string Hash)
{
    public Presence Presence { get; set; }
}

/// <param name="Owner">Who made it.</param>
/// <param name="Hash">Of its photo.</param>
internal sealed record KeptLink(Loader Owner, string Hash)
{
    public Presence Presence { get; set; }
}

/// <param name="Conversation">Where it was asked.</param>
/// <param name="Text">As asked.</param>
internal sealed record KeptQuestion(string Conversation, string Text);
