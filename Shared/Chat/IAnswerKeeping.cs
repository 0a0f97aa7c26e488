namespace Molmo.Demo.Shared.Chat;

/// <summary>Why the storage does not take what is written.</summary>
public enum StorageFault
{
    /// <summary>No room on the disk.</summary>
    Full,

    /// <summary>The disk or the file may only be read.</summary>
    ReadOnly,

    /// <summary>Another program holds the database.</summary>
    Locked,

    /// <summary>It fails in another way.</summary>
    Failed,
}

/// <summary>Tells pages whether what they show is kept. Safe for use by many pages at once.</summary>
public interface IAnswerKeeping
{
    /// <summary>Raised on any thread when that may have changed for some answer.</summary>
    event Action? Changed;

    /// <summary>Why a part of an answer is in memory only; null while all of it is kept, or is about to be.</summary>
    StorageFault? TroubleOf(GenerationId id);
}
