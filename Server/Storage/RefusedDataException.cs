namespace Molmo.Demo.Server.Storage;

/// <summary>
/// What the data folder holds cannot be gone on with. It was left as it is; <c>--adopt</c> sets it aside.
/// </summary>
/// <param name="finding">One sentence on what was found.</param>
/// <param name="remedy">What else helps than a backup or <c>--adopt</c>; null for nothing.</param>
/// <param name="innerException">What was thrown.</param>
public sealed class RefusedDataException(string finding, string? remedy = null, Exception? innerException = null)
    : StartupException(
        $"{finding} Nothing was changed. Put the right database back, or restore a backup of the whole data folder; "
        + (remedy is null ? "" : $"{remedy}; ")
        + "or start once with --adopt, which moves the database and the pictures to a folder set-aside-... beside "
        + "them, deletes nothing and begins anew.",
        innerException);
