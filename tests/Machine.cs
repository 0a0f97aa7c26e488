namespace Molmo.Demo.Tests;

/// <summary>The machine that a figure is of: what it is, and not whose.</summary>
internal static class Machine
{
    public static string Processor() => Field("model name") ?? RuntimeInformation.ProcessArchitecture.ToString();

    /// <summary>Such as the family; empty where the system does not tell.</summary>
    public static string Number(string field) => Field(field) ?? "";

    private static string? Field(string name) => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").Select(line => line.Split(':', 2))
            .FirstOrDefault(parts => parts.Length == 2 && parts[0].Trim() == name)?[1].Trim()
        : null;
}
