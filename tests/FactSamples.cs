namespace Molmo.Demo.Tests;

/// <summary>Every fact that there is, with arguments.</summary>
internal static class FactSamples
{
    /// <summary>One of each plural form that some language has.</summary>
    private static readonly int[] Counts = [0, 1, 2, 3, 11, 100, 1200];

    public static IEnumerable<Fact> All => FactKind.All.SelectMany(Of);

    /// <summary>
    /// A kind with each sample count, or once where nothing is counted; arguments differ from each other.
    /// </summary>
    public static IEnumerable<Fact> Of(FactKind kind)
    {
        var parameters = kind.Type.GetConstructors()[0].GetParameters();
        var takesCounts = kind.IsCounted || kind.Type == typeof(ModelStopped);
        foreach (var count in takesCounts ? Counts : [40])
        {
            var arguments = parameters.Select((parameter, index) => Argument(parameter.ParameterType, count + index));
            yield return (Fact)Activator.CreateInstance(kind.Type, [.. arguments])!;
        }
    }

    private static object Argument(Type type, int number)
    {
        if (type == typeof(int)) return number;
        if (type == typeof(double)) return number + 0.5;
        if (type == typeof(string)) return $"name {number}";
        return type == typeof(ModelProgress)
            ? new ModelProgress(ModelStage.Fetching, "owner/name", 0.1, 700_000_000, 7_000_000_000, 45.5e6, 100)
            : throw new NotSupportedException($"There is no sample of {type.Name} yet.");
    }
}
