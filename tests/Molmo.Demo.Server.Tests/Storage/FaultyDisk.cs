using System.Collections.Concurrent;
using Molmo.Demo.Server.Storage;

namespace Molmo.Demo.Server.Tests.Storage;

/// <summary>
/// A disk below one folder on which the n-th write, flush, truncation or rename fails: those of SQLite, by standing
/// between it and its files, and those of the pictures. Everything else in the process is let through.
/// </summary>
internal sealed unsafe partial class FaultyDisk : IDisposable
{
    private const int NoSpaceOnUnix = 28;

    // Offsets of sqlite3_vfs and sqlite3_io_methods (sqlite.org/c3ref/vfs.html, io_methods.html), in pointers.
    private const int Open = 5;
    private const int Write = 3;
    private const int Truncate = 4;
    private const int Sync = 5;
    private const int Methods = 19;

    private static readonly ConcurrentDictionary<string, FaultyDisk> Disks = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<nint, FaultyDisk> Files = new();
    private static readonly nint DefaultOpen = Install();

    private readonly string _folder;
    private int _count;
    private int _failAt = int.MaxValue;
    private int _code;
    private bool _isLasting;

    /// <summary>A disk on which nothing fails yet.</summary>
    /// <param name="folder">Absolute path; files below it that are opened from now on count.</param>
    public FaultyDisk(string folder)
    {
        Assert.NotEqual(0, DefaultOpen);
        _folder = folder + Path.DirectorySeparatorChar;
        Disks[_folder] = this;
    }

    /// <summary>Whether one has failed.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Lets one fail.</summary>
    /// <param name="at">Which, 1 for the next one.</param>
    /// <param name="code">SQLite's name for the failure: <c>SQLITE_FULL</c>, <c>SQLITE_READONLY</c>,
    /// <c>SQLITE_IOERR</c>.</param>
    /// <param name="isLasting">Whether all later ones fail too, until <see cref="Heal"/>.</param>
    public FaultyDisk Arm(int at, int code, bool isLasting)
    {
        (_code, _isLasting) = (code, isLasting);
        Volatile.Write(ref _failAt, Volatile.Read(ref _count) + at);
        return this;
    }

    /// <summary>From now on nothing fails.</summary>
    public void Heal() => Volatile.Write(ref _failAt, int.MaxValue);

    /// <summary>Has the steps of the pictures' files fail as well.</summary>
    public void Join(ImageFiles files) => files.BeforeStep = step =>
    {
        if (step is "write" or "flush" or "rename" && Step() != 0)
            throw _code == SQLitePCL.raw.SQLITE_FULL
                ? new IOException("No space left on device", NoSpaceOnUnix)
                : new IOException("Input/output error");
    };

    public void Dispose() => Disks.TryRemove(_folder, out _);

    private int Step()
    {
        var number = Interlocked.Increment(ref _count);
        var failAt = Volatile.Read(ref _failAt);
        if (number != failAt && !(_isLasting && number > failAt)) return 0;
        HasFailed = true;
        return _code;
    }

    private static nint Install()
    {
        var vfs = (nint*)Find(null);
        var original = vfs[Open];
        vfs[Open] = (nint)(delegate* unmanaged<nint, nint, nint*, int, int*, int>)&OnOpen;
        return original;
    }

    [UnmanagedCallersOnly]
    private static int OnOpen(nint vfs, nint name, nint* file, int flags, int* outFlags)
    {
        var status =
            ((delegate* unmanaged<nint, nint, nint*, int, int*, int>)DefaultOpen)(vfs, name, file, flags, outFlags);
        Files.TryRemove((nint)file, out _);
        var path = Marshal.PtrToStringUTF8(name);
        if (status != 0 || *file == 0 || path is null) return status;
        if (Disks.FirstOrDefault(disk => path.StartsWith(disk.Key, StringComparison.Ordinal)).Value is not { } own)
            return status;
        Files[(nint)file] = own;
        *file = Between(*file);
        return status;
    }

    // A table of methods like the file's own but for three, with the file's own behind it. As many as there are kinds
    // of file.
    private static readonly ConcurrentDictionary<nint, nint> Tables = new();

    private static nint Between(nint own) => Tables.GetOrAdd(own, static own =>
    {
        var table = (nint*)NativeMemory.AllocZeroed((Methods + 1) * (nuint)sizeof(nint));
        Unsafe.CopyBlock(table, (void*)own, Methods * (uint)sizeof(nint));
        table[Write] = (nint)(delegate* unmanaged<nint*, nint, int, long, int>)&OnWrite;
        table[Truncate] = (nint)(delegate* unmanaged<nint*, long, int>)&OnTruncate;
        table[Sync] = (nint)(delegate* unmanaged<nint*, int, int>)&OnSync;
        table[Methods] = own;
        return (nint)table;
    });

    private static nint* OwnOf(nint* file) => (nint*)((nint*)*file)[Methods];

    private static int StepOf(nint* file) => Files.TryGetValue((nint)file, out var disk) ? disk.Step() : 0;

    [UnmanagedCallersOnly]
    private static int OnWrite(nint* file, nint bytes, int count, long at)
        => StepOf(file) is var fault and not 0
            ? fault
            : ((delegate* unmanaged<nint*, nint, int, long, int>)OwnOf(file)[Write])(file, bytes, count, at);

    [UnmanagedCallersOnly]
    private static int OnTruncate(nint* file, long size)
        => StepOf(file) is var fault and not 0
            ? fault
            : ((delegate* unmanaged<nint*, long, int>)OwnOf(file)[Truncate])(file, size);

    [UnmanagedCallersOnly]
    private static int OnSync(nint* file, int flags)
        => StepOf(file) is var fault and not 0
            ? fault
            : ((delegate* unmanaged<nint*, int, int>)OwnOf(file)[Sync])(file, flags);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_vfs_find", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Find(string? name);
}
