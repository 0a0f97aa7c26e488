using System.Net;
using System.Security.Cryptography;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Molmo.Demo.Server.Tests.Lasting;

/// <summary>Holds a data folder, and the server that runs on it, against what was acknowledged.</summary>
/// <remarks>
/// After each start every row is looked at, and what is new since the look before also over HTTP and byte by byte; at
/// the end everything.
/// </remarks>
internal sealed class DataCheck(string data, Acknowledged journal, Uri address, KillFigures figures)
{
    /// <summary>What <see cref="Loader.Quick"/> is answered with.</summary>
    public const string QuickAnswer = "A quick answer that a friend may read.";

    private readonly HashSet<string> _looked = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="isWhole">Whether what was looked at before is looked at again.</param>
    public async Task RunAsync(bool isWhole)
    {
        if (isWhole) _looked.Clear();
        Rows rows;
        using (var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = Path.Combine(data, "molmo.db"), Pooling = false }
                .ToString()))
        {
            connection.Open();
            var integrity = connection.Query<string>("PRAGMA integrity_check").ToList();
            figures.IntegrityChecks++;
            if (integrity is not ["ok"]) figures.Fault($"integrity_check: {string.Join("; ", integrity)}");
            rows = new Rows(
                connection.Query<(string, string)>("SELECT id, hash FROM images").ToDictionary(),
                [.. connection.Query<string>("SELECT id FROM shares WHERE revoked_at IS NULL")],
                connection.Query<(string, string)>("SELECT share, hash FROM share_pictures")
                    .ToLookup(row => row.Item1, row => row.Item2),
                connection.Query<(string Id, string, string)>("SELECT id, conversation, question FROM generations")
                    .ToDictionary(row => row.Id, row => new KeptQuestion(row.Item2, row.Item3)));
        }
        CheckFiles(rows);
        CheckQuestions(rows);
        foreach (var (id, picture) in journal.Pictures) await CheckImageAsync(rows, id, picture);
        foreach (var (id, link) in journal.Links) CheckLink(rows, id, link);
        // Those that were not acknowledged too: who guesses nothing and sees a link sees all of it.
        foreach (var id in rows.Links.Where(id => _looked.Add(id)))
            await CheckPageAsync(id, rows.LinkImages[id].ToList());
    }

    private void CheckFiles(Rows rows)
    {
        HashSet<string> named = [.. rows.Pictures.Values, .. rows.LinkImages.SelectMany(hashes => hashes)];
        HashSet<string> files =
            [.. Directory.EnumerateFiles(Path.Combine(data, "pictures"), "*", SearchOption.AllDirectories)
                .Select(Path.GetFileName).OfType<string>()];
        foreach (var name in files.Except(named)) figures.Fault($"The file {name} is named by no row.");
        foreach (var hash in named.Except(files)) figures.Fault($"The file of {hash} is missing.");
        foreach (var hash in named.Intersect(files).Where(hash => _looked.Add(hash)))
        {
            using var file = File.OpenRead(Path.Combine(data, "pictures", hash));
            if (Convert.ToHexStringLower(SHA256.HashData(file)) != hash)
                Altered($"The file of {hash} holds other bytes.");
        }
    }

    private void CheckQuestions(Rows rows)
    {
        foreach (var (id, question) in journal.Questions)
        {
            if (!rows.Questions.TryGetValue(id, out var kept)) Lost($"The question {id} is gone.");
            else if (kept != question) Altered($"The question {id} is {kept} and was {question}.");
        }
    }

    private async Task CheckImageAsync(Rows rows, string id, KeptImage picture)
    {
        var isThere = rows.Pictures.TryGetValue(id, out var hash);
        if (isThere && picture.Presence == Presence.Deleted)
            figures.Fault($"The picture {id} was deleted and is there.");
        if (!isThere && picture.Presence == Presence.Kept) Lost($"The picture {id} is gone.");
        if (isThere && hash != picture.Hash) Altered($"The picture {id} has another content.");
        if (!_looked.Add($"{id} {picture.Presence}")) return;
        using var reply = await picture.Owner.Http.GetAsync($"img/{id}", Cancel);
        if (reply.StatusCode != (isThere ? HttpStatusCode.OK : HttpStatusCode.NotFound))
            figures.Fault($"The picture {id} is answered with {reply.StatusCode}.");
        else if (isThere && HashOf(await reply.Content.ReadAsByteArrayAsync(Cancel)) != picture.Hash)
            Altered($"The picture {id} is served with other bytes.");
    }

    private void CheckLink(Rows rows, string id, KeptLink link)
    {
        var isThere = rows.Links.Contains(id);
        if (isThere && link.Presence == Presence.Deleted) figures.Fault($"The link {id} was deleted and is there.");
        if (!isThere && link.Presence == Presence.Kept) Lost($"The link {id} is gone.");
        if (isThere && !rows.LinkImages[id].SequenceEqual([link.Hash])) Altered($"The link {id} has another photo.");
    }

    private async Task CheckPageAsync(string id, List<string> hashes)
    {
        using var friend = new HttpClient { BaseAddress = address };
        using var page = await friend.GetAsync($"s/{id}", Cancel);
        var html = await page.Content.ReadAsStringAsync(Cancel);
        if (page.StatusCode != HttpStatusCode.OK || !html.Contains(Loader.Quick, StringComparison.Ordinal)
            || !html.Contains(QuickAnswer, StringComparison.Ordinal))
            figures.Fault($"The page of the link {id} is not whole: {page.StatusCode}.");
        using var photo = await friend.GetAsync($"s/{id}/photo/1", Cancel);
        if (hashes is not [var hash]) figures.Fault($"The link {id} has {hashes.Count} photos.");
        else if (photo.StatusCode != HttpStatusCode.OK
            || HashOf(await photo.Content.ReadAsByteArrayAsync(Cancel)) != hash)
            Altered($"The photo of the link {id} is not the one that was shared.");
    }

    private void Lost(string sentence)
    {
        figures.Lost++;
        figures.Fault(sentence);
    }

    private void Altered(string sentence)
    {
        figures.Altered++;
        figures.Fault(sentence);
    }

    private static string HashOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private sealed record Rows(
        Dictionary<string, string> Pictures, HashSet<string> Links, ILookup<string, string> LinkImages,
        Dictionary<string, KeptQuestion> Questions);
}
