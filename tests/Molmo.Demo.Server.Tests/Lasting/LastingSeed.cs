namespace Molmo.Demo.Server.Tests.Lasting;

/// <summary>Numbers of a run: chosen anew each time, or given to have one again.</summary>
internal static class LastingSeed
{
    /// <summary><c>MOLMO_SEED</c>, else any.</summary>
    public static int Next() => Number("MOLMO_SEED", Random.Shared.Next());

    /// <summary>The variable of this name as a number.</summary>
    public static int Number(string variable, int otherwise)
        => int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture,
            out var number)
            ? number
            : otherwise;
}
