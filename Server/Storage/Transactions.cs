using System.Data;
using Microsoft.Data.Sqlite;

namespace Molmo.Demo.Server.Storage;

/// <summary>Transactions whose end does not hide why they failed.</summary>
internal static class Transactions
{
    /// <summary>
    /// Begins a transaction that writes; without a commit it is rolled back when the result is disposed.
    /// </summary>
    /// <remarks>
    /// After a full disk SQLite has rolled back by itself. Rolling back once more then fails, and what is thrown
    /// there would stand in the place of "disk full".
    /// </remarks>
    public static IDisposable Begin(this SqliteConnection connection, out SqliteTransaction transaction)
        => new Ending(transaction = connection.BeginTransaction(IsolationLevel.Serializable, deferred: false));

    private sealed class Ending(SqliteTransaction transaction) : IDisposable
    {
        public void Dispose()
        {
            try
            {
                transaction.Dispose();
            }
            catch (SqliteException)
            {
                // Nothing was committed, and the connection goes back to a pool that looks for open transactions
                // itself.
            }
        }
    }
}
