using Dapper;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Sharing;

/// <summary>Rewrites pictures with parts hidden, in the format they were stored in.</summary>
internal sealed class BlurredImages(ImageStore images, Database database) : IDisposable
{
    // Encoding a large photo takes a core for seconds: one at a time.
    private readonly SemaphoreSlim _encoding = new(1, 1);

    /// <summary>New forms of the conversation's pictures that have boxes, by the hash of the old form.</summary>
    /// <exception cref="ChatRefusedException">A picture is not of this conversation, or gone.</exception>
    public async Task<ImmutableDictionary<string, StoredForm>> MakeAsync(
        VisitorId visitor, ConversationId conversation, ImmutableArray<BlurBox> boxes,
        CancellationToken cancellationToken)
    {
        var byContent =
            boxes.GroupBy(box => Find(visitor, conversation, box) ?? throw ShareRefusals.UnknownPhoto()).ToList();
        var made = ImmutableDictionary.CreateBuilder<string, StoredForm>();
        foreach (var group in byContent)
        {
            var image = await images.LoadAsync(group.Key.Hash, cancellationToken) ?? throw ShareRefusals.UnknownPhoto();
            await _encoding.WaitAsync(cancellationToken);
            try
            {
                made[group.Key.Hash] = await Task.Run(
                    () => StoredForm.Of(Mosaic.Hide(image, group), group.Key.Format == StoredForm.Png),
                    cancellationToken);
            }
            finally
            {
                _encoding.Release();
            }
        }
        return made.ToImmutable();
    }

    public void Dispose() => _encoding.Dispose();

    private SharedImage? Find(VisitorId visitor, ConversationId conversation, BlurBox box)
    {
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<SharedImage>(
            """
            SELECT hash, format FROM images i WHERE id = @id AND visitor = @visitor
            AND EXISTS (SELECT 1 FROM generations g WHERE g.image = i.id AND g.conversation = @conversation
                AND g.ended_at IS NOT NULL)
            """,
            new { id = box.Image.Value, visitor = visitor.Value, conversation = conversation.Value });
    }
}
