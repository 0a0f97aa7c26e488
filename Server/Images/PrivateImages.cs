using System.Collections.Concurrent;
using Molmo.Demo.Server.Private;

namespace Molmo.Demo.Server.Images;

/// <summary>A picture in memory only.</summary>
/// <param name="Visitor">Its owner.</param>
/// <param name="Conversation">With which it goes.</param>
/// <param name="Info">What is known of it.</param>
/// <param name="Form">Its bytes.</param>
internal sealed record PrivateImage(VisitorId Visitor, ConversationId Conversation, ImageInfo Info, StoredForm Form);

/// <summary>
/// Pictures of conversations that leave no trace. They never reach a file and go with their conversation.
/// </summary>
internal sealed class PrivateImages
{
    private readonly ConcurrentDictionary<ImageId, PrivateImage> _pictures = new();
    private readonly Lock _gate = new();
    private readonly PrivateChats _chats;
    private readonly ImageOptions _options;

    public PrivateImages(PrivateChats chats, ImageOptions options)
    {
        _chats = chats;
        _options = options;
        chats.Ended += Forget;
    }

    /// <summary>Keeps a picture as long as its conversation lives.</summary>
    /// <exception cref="ImageRefusedException">There is no such conversation of this visitor, or no more
    /// room.</exception>
    public ImageInfo Add(VisitorId visitor, ConversationId conversation, StoredForm form, string name)
    {
        var info = new ImageInfo(ImageId.New(), form.Width, form.Height, name, form.Hash);
        lock (_gate)
        {
            if (_chats.OwnerOf(conversation) != visitor) throw ImageRefusals.PrivateChatOver();
            if (Bytes(_pictures.Values.Where(picture => picture.Visitor == visitor)) + form.Bytes.Length
                > (long)_options.VisitorMegabytes << 20)
                throw ImageRefusals.StorageShare(_options.VisitorMegabytes);
            if (Bytes(_pictures.Values) + form.Bytes.Length > (long)_options.PrivateMegabytes << 20)
                throw ImageRefusals.PrivateMemoryFull();
            _pictures[info.Id] = new PrivateImage(visitor, conversation, info, form with { Decoded = null });
        }
        return info;
    }

    /// <summary>The visitor's picture; null where unknown or foreign.</summary>
    public PrivateImage? Find(VisitorId visitor, ImageId id)
        => RandomId.IsWellFormed(id.Value) && _pictures.TryGetValue(id, out var picture) && picture.Visitor == visitor
            ? picture : null;

    private void Forget(ConversationId conversation)
    {
        // A picture that is being added just now asks for its owner under the same lock, and finds none.
        lock (_gate)
        {
            foreach (var (id, picture) in _pictures)
                if (picture.Conversation == conversation) _pictures.TryRemove(id, out _);
        }
    }

    private static long Bytes(IEnumerable<PrivateImage> pictures)
        => pictures.Sum(picture => (long)picture.Form.Bytes.Length);
}
