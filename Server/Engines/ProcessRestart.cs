using System.Collections;

namespace Molmo.Demo.Server.Engines;

/// <summary>
/// Replaces this program by itself: the same program, arguments and environment under the same process number, so that
/// containers, supervisors and terminals notice nothing. Nothing of the old process is left, a lost device's state
/// included.
/// </summary>
internal static partial class ProcessRestart
{
    /// <summary>
    /// Environment variable that tells the next process how often in a row the device was lost soon after the start.
    /// </summary>
    public const string Losses = "MOLMO_DEVICE_LOSSES";

    /// <summary>Losses in a row after which it is given up.</summary>
    private const int Most = 3;

    private const uint CloseOnExecute = 4;

    /// <summary>Begins the program again; returns only where that cannot be.</summary>
    /// <param name="isSoon">Whether the device was lost soon after the start.</param>
    /// <returns>A sentence that says why not.</returns>
    public static string Begin(bool isSoon)
    {
        if (NextLosses(Environment.GetEnvironmentVariable(Losses), isSoon) is not { } losses)
            return $"The device was lost {Most} times in a row within a minute of the start, "
                + $"so the program is not started again. "
                + "Look at the device and its driver, or start with --device cpu.";
        if (!OperatingSystem.IsLinux() || Environment.ProcessPath is not { } program)
            return "The device was lost, and the program cannot start itself again on this system: start it again.";
        Console.Out.Flush();
        Console.Error.Flush();
        var reason = Replace(program, losses);
        return $"The device was lost, and the program could not start itself again ({reason}): start it again.";
    }

    /// <summary>
    /// How often in a row the device was lost soon after the start, this time included; null where that is too often.
    /// </summary>
    /// <param name="before">What the last process left; null for none.</param>
    /// <param name="isSoon">Whether it was so this time.</param>
    internal static int? NextLosses(string? before, bool isSoon)
    {
        if (!isSoon) return 0;
        var isKnown = int.TryParse(before, NumberStyles.None, CultureInfo.InvariantCulture, out var earlier);
        var losses = isKnown ? earlier + 1 : 1;
        return losses < Most ? losses : null;
    }

    private static string Replace(string program, int losses)
    {
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(variable => (string)variable.Key != Losses).Select(variable => $"{variable.Key}={variable.Value}")
            .Append(string.Create(CultureInfo.InvariantCulture, $"{Losses}={losses}"));
        string[] arguments = Encoding.UTF8.GetString(File.ReadAllBytes("/proc/self/cmdline")).Split('\0')[..^1];
        CloseFiles();
        // Only a failure returns. Both lists end with null.
        _ = Execute(program, [.. arguments, null], [.. environment, null]);
        return Marshal.GetLastPInvokeErrorMessage();
    }

    /// <summary>Whatever a library left open, a device's files above all, would go on in the new process.</summary>
    private static void CloseFiles()
    {
        try
        {
            _ = CloseRange(3, uint.MaxValue, CloseOnExecute);
        }
        catch (EntryPointNotFoundException)
        {
            // An older system library. The runtime's own files close by themselves.
        }
    }

    [LibraryImport("libc", EntryPoint = "execve", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string program, string?[] arguments, string?[] environment);

    [LibraryImport("libc", EntryPoint = "close_range", SetLastError = true)]
    private static partial int CloseRange(uint first, uint last, uint flags);
}
