namespace Molmo.Demo.Client.Tests.Fakes;

/// <summary>Chats without trace, of which only the holds are known.</summary>
internal sealed class FakePrivateChats(FakeImages? images = null) : IPrivateChats
{
    /// <summary>Pages that hold one now.</summary>
    public int Holds { get; private set; }

    /// <summary>Those that were ended.</summary>
    public List<ConversationId> Ended { get; } = [];

    /// <summary>Gallery pictures taken into one.</summary>
    public List<string> Samples { get; } = [];

    public bool IsOffered { get; set; } = true;

    public IDisposable? Hold(VisitorId visitor, ConversationId id)
    {
        if (Ended.Contains(id)) return null;
        Holds++;
        return new Holding(this);
    }

    public Task<ImageInfo?> TakeSampleAsync(
        VisitorId visitor, ConversationId id, string file, CancellationToken cancellationToken)
    {
        Samples.Add(file);
        return Task.FromResult(images?.Add(file));
    }

    private sealed class Holding(FakePrivateChats chats) : IDisposable
    {
        public void Dispose() => chats.Holds--;
    }
}
