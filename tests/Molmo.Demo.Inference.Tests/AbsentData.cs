namespace Molmo.Demo.Inference.Tests;

/// <summary>
/// Theories over data that a set may lack. xunit's own switch for that (SkipTestWithoutData) prints a skip but fails
/// the run, so an empty set gets one row without a name, and the test skips itself.
/// </summary>
internal static class AbsentData
{
    public const string Name = "";

    public static TheoryData<string> OrAbsent(this TheoryData<string> data)
    {
        if (!data.Any()) data.Add(Name);
        return data;
    }

    public static TheoryData<string, string> OrAbsent(this TheoryData<string, string> data)
    {
        if (!data.Any()) data.Add(Name, Name);
        return data;
    }

    public static TheoryData<string, string, string> OrAbsent(this TheoryData<string, string, string> data)
    {
        if (!data.Any()) data.Add(Name, Name, Name);
        return data;
    }

    /// <summary>Ends the running test as skipped where its row stands for absent data.</summary>
    public static void Skip(string name, string what)
        => Assert.SkipWhen(name == Name, $"{what} are not in this set of test data.");
}
