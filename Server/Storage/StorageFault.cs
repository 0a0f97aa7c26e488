using Microsoft.Data.Sqlite;

namespace Molmo.Demo.Server.Storage;

/// <summary>Reads what a storage error means.</summary>
internal static class StorageFaults
{
    private const int NoSpaceOnUnix = 28;
    private const int ReadOnlyOnUnix = 30;
    private const int DiskFullOnWindows = unchecked((int)0x80070070);

    extension(StorageFault)
    {
        /// <summary>What kind of storage failure this is; null where it is none.</summary>
        public static StorageFault? Of(Exception e) => e switch
        {
            SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL } => StorageFault.Full,
            SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_PERM } =>
                StorageFault.ReadOnly,
            SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED } =>
                StorageFault.Locked,
            SqliteException => StorageFault.Failed,
            IOException { HResult: NoSpaceOnUnix or DiskFullOnWindows } => StorageFault.Full,
            IOException { HResult: ReadOnlyOnUnix } => StorageFault.ReadOnly,
            UnauthorizedAccessException => StorageFault.ReadOnly,
            IOException => StorageFault.Failed,
            _ => null,
        };
    }
}
