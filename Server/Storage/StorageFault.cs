using Microsoft.Data.Sqlite;

namespace Molmo.Demo.Server.Storage;

/// <summary>Tells failures of the storage from other errors.</summary>
internal enum StorageFault
{
    /// <summary>No room on the disk.</summary>
    Full,

    /// <summary>Locked for too long, not writable, or failing.</summary>
    Failed,
}

/// <summary>Reads what a storage error means.</summary>
internal static class StorageFaults
{
    private const int NoSpaceOnUnix = 28;
    private const int DiskFullOnWindows = unchecked((int)0x80070070);

    extension(StorageFault)
    {
        /// <summary>What kind of storage failure this is; null where it is none.</summary>
        public static StorageFault? Of(Exception e) => e switch
        {
            SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL } => StorageFault.Full,
            SqliteException => StorageFault.Failed,
            IOException { HResult: NoSpaceOnUnix or DiskFullOnWindows } => StorageFault.Full,
            IOException or UnauthorizedAccessException => StorageFault.Failed,
            _ => null,
        };
    }
}
