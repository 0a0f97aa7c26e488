using Dapper;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Inference.Imaging;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Images;

/// <summary>A picture that was taken in.</summary>
/// <param name="Info">What it is called from now on.</param>
/// <param name="Remark">What its owner should know; null where there is nothing.</param>
internal sealed record TakenImage(ImageInfo Info, Fact? Remark);

/// <summary>The visitors' pictures. A picture of somebody else is answered as one that does not exist.</summary>
internal sealed class ImageStore(
    ImageFiles files, Database database, ImageIntake intake, DecodedImages decoded, SampleGallery gallery,
    PrivateImages privates, ImageOptions options, TimeProvider time) : IImageCatalog, IImageAccess
{
    private const string Columns = "SELECT id, width, height, name, hash, format FROM images ";

    public IReadOnlyList<SampleScene> Samples => gallery.Scenes;

    /// <summary>Takes a picture in: upright, re-encoded, without metadata but the meaning of its colours.</summary>
    /// <param name="visitor">Its owner.</param>
    /// <param name="passing">The conversation without trace that it is for: it then stays in memory until that
    /// ends.</param>
    /// <param name="file">The file as it came.</param>
    /// <param name="name">Its name as text.</param>
    /// <param name="cancellationToken">Gives up; nothing is stored.</param>
    /// <exception cref="ImageRefusedException">
    /// Not a picture within the limits, the storage is full, or there is no such conversation.
    /// </exception>
    public async Task<TakenImage> AddAsync(
        VisitorId visitor, ConversationId? passing, ReadOnlyMemory<byte> file, string name,
        CancellationToken cancellationToken)
    {
        if (passing is null) RefuseOverShare(visitor, 0);
        var form = await intake.TakeAsync(file, cancellationToken);
        var remark = form.Remark == ImageRemark.WrongChecksum ? new PictureChecksumWrong() : null;
        return new TakenImage(await KeepAsync(visitor, passing, form, name, cancellationToken), remark);
    }

    /// <summary>
    /// Takes bytes that another machine of this installation stored, exactly as they are; their hash stays the same.
    /// That machine has kept its visitors within their share, so none is counted here.
    /// </summary>
    /// <exception cref="ImageRefusedException">Not a picture within the limits, or the storage is full.</exception>
    public async Task<ImageInfo> AddStoredAsync(
        VisitorId visitor, ReadOnlyMemory<byte> stored, string name, CancellationToken cancellationToken)
        => await KeepAsync(
            visitor, await intake.TakeStoredAsync(stored, cancellationToken), name, isShareLimited: false,
            cancellationToken);

    public Task<ImageInfo?> TakeSampleAsync(VisitorId visitor, string file, CancellationToken cancellationToken)
        => TakeSampleAsync(visitor, null, file, cancellationToken);

    /// <summary>
    /// Takes a picture of the gallery, as <see cref="AddAsync"/> does a file; null where it has no such.
    /// </summary>
    /// <exception cref="ChatRefusedException">No room, or there is no such conversation.</exception>
    public async Task<ImageInfo?> TakeSampleAsync(
        VisitorId visitor, ConversationId? passing, string file, CancellationToken cancellationToken)
    {
        if (await gallery.FindAsync(file, cancellationToken) is not { } form) return null;
        try
        {
            return await KeepAsync(visitor, passing, form, file, cancellationToken);
        }
        catch (ImageRefusedException e)
        {
            var fault = e.Status == StatusCodes.Status429TooManyRequests ? ChatFault.VisitorLimit : ChatFault.Busy;
            throw new ChatRefusedException(fault, e.Fact, e.RetryAfter);
        }
    }

    public Task<ImageInfo?> FindAsync(VisitorId visitor, ImageId id, CancellationToken cancellationToken)
        => Task.FromResult(privates.Find(visitor, id)?.Info ?? Find(visitor, id)?.ToInfo());

    /// <summary>
    /// A picture of the visitor with this content, the newest where there are several; null without one.
    /// </summary>
    public ImageInfo? FindByHash(VisitorId visitor, string hash)
    {
        using var connection = database.Open();
        return connection.QueryFirstOrDefault<Row>(
            Columns + "WHERE hash = @hash AND visitor = @visitor ORDER BY created_at DESC",
            new { hash, visitor = visitor.Value })
            ?.ToInfo();
    }

    /// <summary>The visitor's picture, decoded: what its stored bytes give. Null where unknown or foreign.</summary>
    public async Task<RgbImage?> LoadAsync(VisitorId visitor, ImageId id, CancellationToken cancellationToken)
    {
        // Never into the memory of decoded pictures, which outlives the conversation.
        if (privates.Find(visitor, id) is { } picture)
            return await intake.DecodeAsync(picture.Form.Bytes, cancellationToken);
        return Find(visitor, id) is { } row ? await LoadAsync(row.Hash, cancellationToken) : null;
    }

    Task<RgbImage?> IImageAccess.LoadAsync(VisitorId visitor, ImageInfo image, CancellationToken cancellationToken)
        => LoadAsync(visitor, image.Id, cancellationToken);

    /// <summary>
    /// A stored picture by content, decoded; null where nothing with this hash is stored. The caller has checked who
    /// may see it.
    /// </summary>
    public async Task<RgbImage?> LoadAsync(string hash, CancellationToken cancellationToken)
    {
        if (decoded.Find(hash) is { } known) return known;
        if (await ReadStoredAsync(hash, cancellationToken) is not { } bytes) return null;
        var image = await intake.DecodeAsync(bytes, cancellationToken);
        decoded.Add(hash, image);
        return image;
    }

    /// <summary>
    /// The stored bytes of a content; null where nothing with this hash is stored. The caller has checked who may see
    /// them.
    /// </summary>
    public async Task<byte[]?> ReadStoredAsync(string hash, CancellationToken cancellationToken)
    {
        await using var file = files.Open(hash);
        if (file is null) return null;
        var bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }

    /// <inheritdoc/>
    public ConversationId? PassingOf(VisitorId visitor, ImageId id) => privates.Find(visitor, id)?.Conversation;

    /// <summary>Whether this is a picture that leaves no trace, so that no browser keeps it either.</summary>
    public bool IsPrivate(VisitorId visitor, ImageId id) => PassingOf(visitor, id) is not null;

    /// <summary>
    /// The visitor's picture as a file, with its content type and hash; null where unknown or foreign. The caller
    /// disposes the stream.
    /// </summary>
    public (Stream Bytes, string ContentType, string Hash)? Open(VisitorId visitor, ImageId id)
        => privates.Find(visitor, id) is { Form: var form }
            ? (form.Open(), StoredForm.ContentType(form.Format), form.Hash)
            : Find(visitor, id) is { } row && files.Open(row.Hash) is { } file
            ? (file, StoredForm.ContentType(row.Format), row.Hash)
            : null;

    /// <summary>
    /// Deletes the visitor's picture; its bytes go with the last picture and link that use them. False where unknown or
    /// foreign.
    /// </summary>
    public Task<bool> DeleteAsync(VisitorId visitor, ImageId id, CancellationToken cancellationToken)
        => files.ChangeAsync((connection, transaction, released) =>
        {
            var hash = connection.ExecuteScalar<string?>(
                "DELETE FROM images WHERE id = @id AND visitor = @visitor RETURNING hash",
                new { id = id.Value, visitor = visitor.Value }, transaction);
            if (hash is null) return false;
            released.Add(hash);
            return true;
        }, cancellationToken);

    private Row? Find(VisitorId visitor, ImageId id)
    {
        if (!RandomId.IsWellFormed(id.Value)) return null;
        using var connection = database.Open();
        return connection.QuerySingleOrDefault<Row>(
            Columns + "WHERE id = @id AND visitor = @visitor", new { id = id.Value, visitor = visitor.Value });
    }

    private Task<ImageInfo> KeepAsync(
        VisitorId visitor, ConversationId? passing, StoredForm form, string name, CancellationToken cancellationToken)
        => passing is { } conversation
            ? Task.FromResult(privates.Add(visitor, conversation, form, name))
            : KeepAsync(visitor, form, name, isShareLimited: true, cancellationToken);

    private async Task<ImageInfo> KeepAsync(
        VisitorId visitor, StoredForm form, string name, bool isShareLimited, CancellationToken cancellationToken)
    {
        var info = new ImageInfo(ImageId.New(), form.Width, form.Height, name, form.Hash);
        try
        {
            await files.AddAsync(form.Hash, form.Bytes, (connection, transaction) =>
            {
                if (isShareLimited) RefuseOverShare(connection, transaction, visitor, form.Bytes.Length);
                return connection.Execute(
                    """
                    INSERT INTO images (id, visitor, name, width, height, hash, format, bytes, created_at)
                    VALUES (@id, @visitor, @name, @width, @height, @hash, @format, @bytes, @now)
                    """,
                    new
                    {
                        id = info.Id.Value,
                        visitor = visitor.Value,
                        name,
                        width = form.Width,
                        height = form.Height,
                        hash = form.Hash,
                        format = form.Format,
                        bytes = form.Bytes.Length,
                        now = time.GetUtcNow().ToUnixTimeMilliseconds(),
                    },
                    transaction);
            }, cancellationToken);
        }
        catch (Exception e) when (StorageFault.Of(e) is { } fault)
        {
            throw fault == StorageFault.Full
                ? ImageRefusals.StorageFull(e.Message)
                : ImageRefusals.StorageFailed(e.Message);
        }
        if (form.Decoded is { } image) decoded.Add(form.Hash, image);
        return info;
    }

    private void RefuseOverShare(VisitorId visitor, long bytes)
    {
        using var connection = database.Open();
        RefuseOverShare(connection, null, visitor, bytes);
    }

    private void RefuseOverShare(
        SqliteConnection connection, SqliteTransaction? transaction, VisitorId visitor, long bytes)
    {
        var stored = connection.ExecuteScalar<long>(
            "SELECT COALESCE(SUM(bytes), 0) FROM images WHERE visitor = @visitor", new { visitor = visitor.Value },
            transaction);
        if (stored + bytes > (long)options.VisitorMegabytes << 20)
            throw ImageRefusals.StorageShare(options.VisitorMegabytes);
    }

    private sealed record Row(string Id, long Width, long Height, string Name, string Hash, string Format)
    {
        public ImageInfo ToInfo() => new(new ImageId(Id), (int)Width, (int)Height, Name, Hash);
    }
}
