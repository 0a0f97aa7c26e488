using Dapper;
using Microsoft.Data.Sqlite;
using Molmo.Demo.Server.Storage;
using Molmo.Demo.Shared.Comparison;

namespace Molmo.Demo.Server.Comparison;

/// <summary>Votes as rows.</summary>
internal sealed class VoteStore(Database database, TimeProvider time, StorageHealth health) : IVoteStore
{
    /// <summary>Votes that ratings are computed from: the newest.</summary>
    private const int Most = 20_000;

    public Task KeepAsync(GenerationId comparison, Vote vote, CancellationToken cancellationToken) => Task.Run(() =>
    {
        try
        {
            using var connection = database.Open();
            connection.Execute("""
                INSERT INTO votes (comparison, a, b, verdict, is_blind, created_at)
                    VALUES (@comparison, @A, @B, @verdict, @IsBlind, @now)
                ON CONFLICT (comparison) DO UPDATE SET a = excluded.a, b = excluded.b, verdict = excluded.verdict,
                    is_blind = excluded.is_blind
                """,
                new
                {
                    comparison = comparison.Value,
                    vote.A,
                    vote.B,
                    verdict = vote.Verdict.ToString(),
                    vote.IsBlind,
                    now = time.GetUtcNow().ToUnixTimeMilliseconds(),
                });
        }
        catch (SqliteException e)
        {
            health.Report(e);
            throw new ChatRefusedException(ChatFault.Unavailable, new VoteNotKept(), TimeSpan.FromMinutes(1));
        }
    }, cancellationToken);

    public Task<ImmutableArray<Vote>> ListAsync(CancellationToken cancellationToken)
        => Task.Run<ImmutableArray<Vote>>(() =>
        {
            using var connection = database.Open();
            return
            [
                .. connection.Query<(string A, string B, string Verdict, bool IsBlind)>(
                    "SELECT * FROM (SELECT a, b, verdict, is_blind, created_at, "
                        + "comparison FROM votes ORDER BY created_at DESC LIMIT @Most) ORDER BY created_at, comparison",
                    new { Most })
                    .Select(row => new Vote(row.A, row.B, Enum.Parse<Verdict>(row.Verdict), row.IsBlind))
            ];
        }, cancellationToken);
}
