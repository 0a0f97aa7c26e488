namespace Molmo.Demo.Server.Commands;

/// <summary>What the program needs of the machine to write in the languages of its pages.</summary>
internal static partial class Cultures
{
    private const string Switch = "System.Globalization.Invariant";

    private const string NoIcu =
        "Molmo.Demo needs ICU (International Components for Unicode), which this machine lacks: install the package "
            + "libicu (on Debian 12 libicu72, on Alpine icu-libs and icu-data-full), then start again.";

    private const string Invariant =
        "Molmo.Demo writes in several languages and cannot run without cultures: "
            + "remove DOTNET_SYSTEM_GLOBALIZATION_INVARIANT "
        + "from the environment, install ICU where it is missing, then start again.";

    // Once a process: the runtime's loader looks into half of what another thread is about to load, and ends the
    // process.
    private static readonly Lazy<bool> Icu = new(HasIcu);

    /// <summary>Prepares the cultures, before anything else asks for one.</summary>
    /// <returns>Null, or a sentence that says why the program cannot start.</returns>
    /// <remarks>
    /// Numbers and dates are written invariantly wherever the machine stands: in logs, files and answers to programs.
    /// Pages name the culture that they write for.
    /// </remarks>
    public static string? Prepare()
    {
        if (!Icu.Value)
        {
            // Without it the runtime ends the process, stack trace and all, as soon as anything asks for a culture.
            AppContext.SetSwitch(Switch, true);
            return NoIcu;
        }
        if ("e\u0301".Normalize() != "\u00e9") return Invariant;
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
        return null;
    }

    private static bool HasIcu()
    {
        if (!OperatingSystem.IsLinux()) return true;
        try
        {
            return LoadIcu() != 0;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // Another runtime than those known here: it looks for ICU by itself.
            return true;
        }
    }

    // What the runtime itself calls for its first culture; calling it twice does no harm.
    [LibraryImport("libSystem.Globalization.Native", EntryPoint = "GlobalizationNative_LoadICU")]
    private static partial int LoadIcu();
}
