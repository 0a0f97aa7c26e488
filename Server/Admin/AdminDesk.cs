using Dapper;
using Molmo.Demo.Server.Chat;
using Molmo.Demo.Server.Images;
using Molmo.Demo.Server.Sharing;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Server.Web.Sockets;
using Molmo.Demo.Shared.Admin;

namespace Molmo.Demo.Server.Admin;

/// <summary>Gathers what the page of who runs the server shows, and does what it asks.</summary>
internal sealed class AdminDesk(
    IHttpContextAccessor request, AdminSession session, Intake intake, IChatService chat, IAnswerSource source,
    IServerInfo server,
    ShareStore shares, ShareViews views,
    Database database, DataFolder folder, SocketLimit sockets, MolmoOptions options, ImageOptions images,
    ShareOptions sharing, TimeProvider time, ILogger<AdminDesk> log) : IAdminDesk
{
    /// <summary>Links that are listed.</summary>
    private const int MostLinks = 50;

    private static readonly EnumerationOptions Everything =
        new() { RecurseSubdirectories = true, AttributesToSkip = 0 };

    public bool IsOpen => session.IsOpen(Context.Request);

    private HttpContext Context
        => request.HttpContext ?? throw new InvalidOperationException("There is no request that this could be for.");

    public AdminEntry Enter(string key)
    {
        var entry = session.Enter(Context, key);
        // What is tried too often is not tried any more, and would fill the log.
        log.Log(entry == AdminEntry.TooOften ? LogLevel.Debug : LogLevel.Information,
            "The admin page was asked for: {Entry}.", entry);
        return entry;
    }

    public void Leave() => session.Leave(Context);

    public void TakeQuestions(bool areTaken)
    {
        ThrowIfClosed();
        intake.IsClosed = !areTaken;
        log.LogWarning("New questions are {Taken} from now on.", areTaken ? "taken" : "refused");
    }

    public async Task RevokeAsync(ShareId link, CancellationToken cancellationToken)
    {
        ThrowIfClosed();
        if (shares.FindStanding(link) is { IsLive: true } standing
            && await shares.RevokeAsync(standing.Owner, link, cancellationToken))
            log.LogInformation("A link was withdrawn from the admin page.");
    }

    public async Task<AdminReport> ReadAsync(CancellationToken cancellationToken)
    {
        ThrowIfClosed();
        var queue = await chat.GetQueueStatusAsync(cancellationToken);
        var (storage, links) = await Task.Run(ReadStorage, cancellationToken);
        return new AdminReport(server.Current, queue, !intake.IsClosed, storage, Limits(), links, Reuse());
    }

    private AdminReuse? Reuse()
    {
        if (source.Reuse is not { } kept) return null;
        var positions = kept.ReusedPositions + kept.ComputedPositions;
        return new AdminReuse(
            kept.KeptBlocks, kept.Blocks, positions > 0 ? (double)kept.ReusedPositions / positions : null,
            kept.Pictures, kept.PictureBytes);
    }

    private (AdminStorage Storage, ImmutableArray<AdminLink> Links) ReadStorage()
    {
        const string live = $"FROM shares WHERE {ShareStore.Live}";
        var now = new { now = time.GetUtcNow().ToUnixTimeMilliseconds(), MostLinks };
        using var connection = database.Open();
        var counts = connection.QuerySingle<(long Conversations, long Pictures, long Links)>(
            $"SELECT (SELECT COUNT(*) FROM conversations), (SELECT COUNT(*) FROM images), (SELECT COUNT(*) {live})",
            now);
        var links = connection.Query<(string Id, long CreatedAt, long? ExpiresAt, long Views)>(
            $"SELECT id, created_at, expires_at, views {live} ORDER BY created_at DESC, id LIMIT @MostLinks", now);
        var bytes = new DirectoryInfo(folder.Root).EnumerateFiles("*", Everything).Sum(LengthOf);
        var storage = new AdminStorage(
            bytes, new DriveInfo(folder.Root).AvailableFreeSpace, counts.Conversations, counts.Pictures, counts.Links);
        return (storage, [.. links.Select(row => new AdminLink(
            new ShareId(row.Id), DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt),
            row.ExpiresAt is { } end ? DateTimeOffset.FromUnixTimeMilliseconds(end) : null,
            row.Views + views.Pending(new ShareId(row.Id))))]);
    }

    // A file of a picture may go while the folder is read.
    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    private AdminLimits Limits() => new()
    {
        MaxSequences = options.MaxSequences,
        MaxWaiting = options.MaxWaiting,
        MaxPerVisitor = options.MaxPerVisitor,
        MaxCircuits = options.MaxCircuits,
        Circuits = sockets.Pages,
        UploadsPerMinute = images.UploadsPerMinute,
        VisitorMegabytes = images.VisitorMegabytes,
        LinksPerDay = sharing.LinksPerDay,
        FirstTokenSeconds = options.FirstTokenSeconds,
        AnswerSeconds = options.AnswerSeconds,
        KeepHours = options.KeepHours,
    };

    // The page does not get here without; this stands behind it.
    private void ThrowIfClosed()
    {
        if (!IsOpen) throw new InvalidOperationException("This browser has not shown the key.");
    }
}
